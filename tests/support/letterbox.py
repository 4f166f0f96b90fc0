"""A real SMTP server that keeps every mail it accepts, and can be told to refuse."""

from email import policy
from email.parser import BytesParser

from aiosmtpd.controller import Controller

from support.ports import free_port

PARSER = BytesParser(policy=policy.default)


class _Handler:
    def __init__(self, box):
        self.box = box

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if address in self.box.refused:
            return "550 no such mailbox"
        if self.box.busy > 0:
            self.box.busy -= 1
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server, session, envelope):  # noqa: N802
        message = PARSER.parsebytes(envelope.content)
        self.box.mails.append(message)
        self.box.peers.append(session.peer)
        return "250 taken"


class Letterbox:
    """`mails` are what was accepted; addresses in `refused` get 550; `busy` more recipients get 451."""

    def __init__(self):
        self.port, self.controller = free_port(), None
        self._empty()

    def _empty(self):
        self.mails, self.peers, self.refused, self.busy = [], [], set(), 0

    def fresh(self):
        """Be as at the start: running, empty, refusing nobody."""
        self._empty()
        if self.controller is None:
            self.start()

    def start(self):
        self.controller = Controller(_Handler(self), hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self):
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def to(self, address):
        """Return the mails to one person."""
        return [mail for mail in self.mails if address in mail["To"]]
