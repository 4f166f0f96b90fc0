"""Which mail this process is handing over right now, noted where a killed process leaves it behind.

The database learns of a mail's acceptance a moment after the server's word. A worker that is killed within this moment
would leave a mail that was sent and looks unsent. So two short notes stand in a file of the process: one just before
the last line goes out, one as soon as the server has accepted. They outlive the process (not a power cut, nor another
machine), and whoever takes over its rows reads them first.
"""

import os
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

import structlog

from fundsite import holder
from fundsite.settings import current_settings

log = structlog.get_logger()

HANDING_OVER, ACCEPTED, NOTHING = b"H", b"A", b"-"


@dataclass(frozen=True)
class LastNote:
    """What a process noted last: the mail, and whether the server had accepted it."""

    mail: int
    accepted: bool


def _path(name: str) -> Path:
    """Return where a process of this site writes; OSError where only somebody else could have made the folder."""
    user = getattr(os, "getuid", lambda: 0)()
    site = sha256(current_settings().database_url.encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"fundsite-mail-{user}-{site}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != user:
        raise PermissionError(folder)
    return folder / name.replace("/", "_")


class Journal:
    """The notes of this process. Where they cannot be written, mail is sent all the same."""

    def __init__(self) -> None:
        """Begin with an empty note."""
        try:
            self._file = _path(holder.me()).open("wb", buffering=0)
        except OSError as error:
            log.warning("mail_journal_unwritable", kind=type(error).__name__)
            self._file = Path(os.devnull).open("wb", buffering=0)  # noqa: SIM115 - closed on leaving

    def __enter__(self) -> Self:
        """Note nothing yet."""
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Close; after an error the note stays, for the next round to read."""
        self._file.close()
        if error is None:
            forget(holder.me())

    def handing_over(self, mail: int) -> None:
        """Note that the last line of a mail goes out now."""
        self._write(HANDING_OVER + b"%d" % mail)

    def accepted(self, mail: int) -> None:
        """Note that the server has accepted it."""
        self._write(ACCEPTED + b"%d" % mail)

    def clear(self) -> None:
        """Note that nothing is on its way."""
        self._write(NOTHING)

    def _write(self, note: bytes) -> None:
        try:
            self._file.write(note.ljust(24))
            self._file.seek(0)
        except OSError as error:
            log.warning("mail_journal_unwritable", kind=type(error).__name__)


def left_by(name: str) -> LastNote | None:
    """Return what a process was handing over when it was last heard of."""
    try:
        note = _path(name).read_bytes().strip()
    except OSError:
        return None
    if note[:1] not in {HANDING_OVER, ACCEPTED} or not note[1:].isdigit():
        return None
    return LastNote(int(note[1:]), accepted=note[:1] == ACCEPTED)


def forget(name: str) -> None:
    """Throw a process's notes away."""
    try:
        _path(name).unlink(missing_ok=True)
    except OSError as error:
        log.warning("mail_journal_unwritable", kind=type(error).__name__)
