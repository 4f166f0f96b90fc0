"""Finding a mail's words: once for each mail, or once for a mail to many and then filled in for each of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.charset import BASE64, Charset
from email.mime.text import MIMEText
from email.policy import Compat32
from email.utils import quote
from secrets import token_hex

import css_inline
from flask import current_app
from flask_mail import Message

from fundsite.i18n import speaking
from fundsite.mail.outbox import OutboxMail
from fundsite.sealed import sealed
from fundsite.settings import current_settings

STOPPING = "stop-mail"


class _Swift(Compat32):
    """Flask-Mail has encoded every header by the time it asks for bytes; parsing each anew costs more than the rest."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """Write a header as it stands; one of our own that is not encoded goes the long way."""
        if isinstance(value, str) and value.isascii():
            return f"{name}: {value}\n".replace("\n", self.linesep).encode()
        return super().fold_binary(name, value)


SWIFT = _Swift(linesep="\r\n", mangle_from_=False, max_line_length=None)
LONGEST_LINE = 998  # bytes, without the line's end [RFC 5321, 4.5.3.1.6]
_BASE64 = Charset("utf-8")
_BASE64.body_encoding = BASE64


@dataclass(frozen=True)
class Letter:
    """The words of a mail, and the name and address that stand behind it."""

    subject: str
    text: str
    html: str
    sender_name: str
    reply_to: str
    styled: bool = False  # whether the styles stand in the elements already


Writer = Callable[[int], Letter | None]  # None: there is nothing to tell any more
Fill = Callable[[str, str], Letter | None]  # what gives the recipient the mail, where it can be stopped; None: nothing
SheetWriter = Callable[[int], Fill]


def stop_url(row: OutboxMail) -> str:
    """Return where the recipient of a mail stops what it belongs to."""
    settings = current_settings()
    prefix = "" if row.locale == settings.locale else f"/{row.locale}"
    return f"{settings.site_url}{prefix}/mail/stop/{sealed(STOPPING, row.id)}"


def styled(html: str) -> str:
    """Write the styles into the elements: mail programs throw sheets away."""
    inlined: str = css_inline.inline(html)
    return inlined


class SwiftMessage(Message):
    """Flask-Mail's message, turned into bytes without a second look at its headers; no line of it is too long."""

    def _mimetext(self, text: str | None, subtype: str = "plain") -> MIMEText:
        """Hide long lines in base64: a paragraph of 340 Japanese signs is more than SMTP carries in one."""
        if any(len(line) > LONGEST_LINE for line in (text or "").encode().splitlines()):
            return MIMEText(text or "", subtype, _BASE64)  # type: ignore[arg-type]
        return super()._mimetext(text, subtype)

    def as_bytes(self) -> bytes:
        """Return it as SMTP carries it."""
        whole = self._message()
        for number, part in enumerate(whole.walk()):
            if part.is_multipart():  # no line of base64 or of ASCII text begins so
                part.set_boundary(f"=_{number}_{token_hex(12)}")
        made: bytes = whole.as_bytes(policy=SWIFT)
        return made


def message_of(row: OutboxMail, letter: Letter) -> Message:
    """Put a letter into the envelope of its row."""
    headers = {"Auto-Submitted": "auto-generated", "Content-Language": row.locale}
    if row.topic is not None:
        headers |= _stopping(row, letter)
    message = SwiftMessage(
        subject=letter.subject,
        recipients=[row.recipient],
        body=letter.text,
        html=letter.html if letter.styled else styled(letter.html),
        sender=f'"{quote(letter.sender_name)}" <{current_app.config["MAIL_DEFAULT_SENDER"]}>',
        reply_to=letter.reply_to or None,
        extra_headers=headers,
    )
    message.msgId = row.message_id
    return message


def _stopping(row: OutboxMail, letter: Letter) -> dict[str, str]:
    """Return the headers by which a mail program offers to stop such mails, with one click."""
    address = letter.reply_to or current_app.config["MAIL_DEFAULT_SENDER"]
    return {
        "List-Unsubscribe": f"<{stop_url(row)}>, <mailto:{address}?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Precedence": "bulk",
    }


class Desk:
    """Writes the mails of one round; a sheet for many is written once."""

    def __init__(self) -> None:
        """Nothing is written yet."""
        self._sheets: dict[tuple[str, int, str], Fill] = {}

    def letter(self, row: OutboxMail) -> Letter | None:
        """Return the words for a row; None if there is no longer anything to tell its recipient."""
        writers: Mapping[str, Writer] = current_app.extensions["fundsite.writers"]
        with speaking(row.locale):
            if row.topic is None:
                return writers[row.kind](row.about)
            return self._sheet(row)(row.because, stop_url(row))

    def _sheet(self, row: OutboxMail) -> Fill:
        key = (row.kind, row.about, row.locale)
        if key not in self._sheets:
            sheets: Mapping[str, SheetWriter] = current_app.extensions["fundsite.sheets"]
            self._sheets[key] = sheets[row.kind](row.about)
        return self._sheets[key]
