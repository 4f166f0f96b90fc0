"""A real SMTP server that is fast and keeps only who got what: for mail to many."""

import asyncio
import threading


class Sink:
    """`taken` holds (recipient, Message-ID) for every mail that was accepted, in order."""

    def __init__(self):
        self.taken, self.sessions = [], set()
        self.loop = asyncio.new_event_loop()

    def __enter__(self):
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait(10)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    def has(self, count):
        """Whether so many mails have arrived."""
        return len(self.taken) >= count

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(self.loop.create_server(lambda: _Session(self), "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        server.close()
        for session in tuple(self.sessions):
            session.transport.close()
        self.loop.run_until_complete(asyncio.sleep(0.1))


class _Session(asyncio.Protocol):
    def __init__(self, sink):
        self.sink, self.buffer, self.recipient, self.in_data = sink, b"", "", False

    def connection_made(self, transport):
        self.transport = transport
        self.sink.sessions.add(self)
        self._say("220 sink")

    def connection_lost(self, _error):
        self.sink.sessions.discard(self)

    def _say(self, line):
        self.transport.write(line.encode() + b"\r\n")

    def data_received(self, data):
        self.buffer += data
        while True:
            end = b"\r\n.\r\n" if self.in_data else b"\r\n"
            part, found, rest = self.buffer.partition(end)
            if not found:
                return
            self.buffer = rest
            self._mail(part) if self.in_data else self._command(part.decode())

    def _mail(self, content):
        lines = content.decode("ascii", "replace").split("\r\n")
        [message_id] = [line[12:] for line in lines if line.startswith("Message-ID: ")][:1]
        self.sink.taken.append((self.recipient, message_id))
        self.in_data = False
        self._say("250 2.0.0 taken")

    def _command(self, line):
        word = line[:4].upper()
        if word == "RCPT":
            self.recipient = line.partition("<")[2].partition(">")[0]
        if word == "DATA":
            self.in_data = True
            self._say("354 go ahead")
        elif word == "QUIT":
            self._say("221 bye")
            self.transport.close()
        else:
            self._say("250 2.1.0 ok")
