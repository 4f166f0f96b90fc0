"""What a mail server's refusals mean."""

import re
import smtplib

NO_SUCH_MAILBOX = {550, 551, 553}
ENHANCED = re.compile(r"\b([45])\.(\d{1,3})\.(\d{1,3})\b")


def is_bounce(error: Exception) -> bool:
    """Whether the server says that there is no such mailbox."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    replies = error.recipients.values()
    return all(says_no_such_mailbox(code, words.decode("ascii", "replace")) for code, words in replies)


def says_no_such_mailbox(code: int, words: str) -> bool:
    """Whether an SMTP reply says that the address is wrong for good, and not that this mail was not wanted."""
    enhanced = ENHANCED.search(words)
    if enhanced:
        kind, subject, detail = enhanced.groups()
        return kind == "5" and (subject == "1" or (subject, detail) == ("2", "1"))
    return code in NO_SUCH_MAILBOX
