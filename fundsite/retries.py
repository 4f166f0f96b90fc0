"""When to try a mail again, and what to call that which went wrong."""

import smtplib
from datetime import datetime, timedelta

from fundsite import clock

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)


def retry_at(tries: int) -> datetime:
    """Return the moment of the next try: twice as far away each time, and an hour at most."""
    doublings = 1 << min(tries, 12)
    return clock.now() + min(FIRST_RETRY * doublings, LONGEST_RETRY)


def reason_of(error: BaseException) -> str:
    """Name an error by its class and code: the server's words may quote an address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = {code for code, _ in error.recipients.values()}
        return f"SMTPRecipientsRefused {sorted(codes)}"
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
