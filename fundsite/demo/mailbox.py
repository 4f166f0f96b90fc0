"""Mail that goes nowhere: caught by a small SMTP server and shown on a page."""

import mailbox
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from flask import Flask, Response, abort, render_template

NEWEST = 200
PARSER = BytesParser(policy=policy.default)


@dataclass(frozen=True)
class Caught:
    """A mail as the list shows it."""

    key: str
    subject: str
    to: str
    date: str


def catch_mail(folder: Path, host: str, port: int) -> Controller:
    """Start an SMTP server that keeps every mail in a Maildir. Returns it running; call `stop` to end it."""
    controller = Controller(Mailbox(str(folder)), hostname=host, port=port)
    controller.start()
    return controller


def _messages(folder: Path) -> list[tuple[str, EmailMessage]]:
    box = mailbox.Maildir(str(folder), create=True)
    keys = sorted(box.iterkeys())[-NEWEST:]
    return [(key, PARSER.parsebytes(box.get_bytes(key))) for key in reversed(keys)]


def mailbox_app(folder: Path) -> Flask:
    """Return a small web page over the Maildir."""
    app = Flask("fundsite.demo", template_folder=str(Path(__file__).parent / "templates"))

    @app.get("/")
    def index() -> str:
        found = [
            Caught(key, str(message["Subject"]), str(message["To"]), str(message["Date"]))
            for key, message in _messages(folder)
        ]
        return render_template("mailbox.html", mails=found)

    @app.get("/<key>/")
    def show(key: str) -> str:
        message = _find(folder, key)
        text = message.get_body(("plain",))
        return render_template(
            "mail.html",
            key=key,
            headers=[(name, str(message[name])) for name in ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")],
            text=text.get_content() if text else "",
        )

    @app.get("/<key>/html")
    def html(key: str) -> Response:
        part = _find(folder, key).get_body(("html",))
        response = Response(part.get_content() if part else "", mimetype="text/html")
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src *; sandbox"
        return response

    return app


def _find(folder: Path, key: str) -> EmailMessage:
    box = mailbox.Maildir(str(folder), create=True)
    if key not in box:
        abort(404)
    return PARSER.parsebytes(box.get_bytes(key))
