"""The way to the mail server."""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from flask import current_app
from flask_mail import Connection

TIMEOUT_SECONDS = 20
LAST_LINE = b"\r\n.\r\n"


class _Telling(smtplib.SMTP):
    """Tells when the last line of a mail goes out: from then on only the server knows whether it has the mail."""

    telling: Callable[[], None] = staticmethod(lambda: None)

    def send(self, data: object) -> None:
        """Send, and tell before the end of a mail."""
        if isinstance(data, bytes) and data.endswith(LAST_LINE):
            self.telling()
        super().send(data)  # type: ignore[arg-type]


class _TellingSSL(_Telling, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class TimedConnection(Connection):
    """Flask-Mail's connection with a time-out, which it lacks. It calls `telling` just before a mail's last line."""

    telling: Callable[[], None] = staticmethod(lambda: None)

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt and sign in as the settings say."""
        kind = _TellingSSL if self.mail.use_ssl else _Telling
        host = kind(self.mail.server, self.mail.port, timeout=TIMEOUT_SECONDS)
        host.telling = self._about_to_end
        if self.mail.use_tls:
            host.starttls()
        if self.mail.username and self.mail.password:
            host.login(self.mail.username, self.mail.password)
        return host

    def _about_to_end(self) -> None:
        self.telling()


@contextmanager
def connected() -> Iterator[TimedConnection]:
    """Keep one connection open for many mails."""
    connection = TimedConnection(current_app.extensions["fundsite.mail"])
    connection.host = connection.configure_host()
    try:
        yield connection
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.host.quit()
