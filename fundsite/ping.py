"""Whether the site can run, part by part."""

import smtplib
from collections.abc import Iterator

from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from fundsite import mail
from fundsite.captcha import Away, Captcha, current_captcha
from fundsite.db import db
from fundsite.errors import FundsiteError
from fundsite.migrate import pending_migrations
from fundsite.pledges.service import gateway
from fundsite.settings import current_settings

Line = tuple[bool, str]


def ping_lines(app: Flask) -> Iterator[Line]:
    """Yield for each part whether it is well, and a line about it."""
    with app.app_context():
        lacks = current_settings().missing_for_serving()
        yield not lacks, f"settings: {'; '.join(lacks) or 'complete'}"
        yield from _database()
        yield _stripe()
        yield _smtp()
        if captcha := current_captcha():
            yield _captcha(captcha)


def _database() -> Iterator[Line]:
    try:
        db.session.execute(text("SELECT 1"))
        yield True, f"database: {db.engine.dialect.name} answers"
        pending = pending_migrations()
        yield not pending, f"migrations: {'pending ' + ', '.join(pending) if pending else 'up to date'}"
    except SQLAlchemyError as error:
        yield False, f"database: {type(error).__name__}"


def _stripe() -> Line:
    try:
        gateway().ping()
    except FundsiteError as error:
        return False, f"stripe: {error}"
    return True, "stripe: the key is accepted"


def _smtp() -> Line:
    try:
        mail.ping()
    except (smtplib.SMTPException, OSError) as error:
        return False, f"smtp: {type(error).__name__}"
    return True, "smtp: the server answers"


def _captcha(captcha: Captcha) -> Line:
    try:
        captcha.ping()
    except Away as error:
        return False, f"captcha: {error}"
    return True, "captcha: the secret is accepted"
