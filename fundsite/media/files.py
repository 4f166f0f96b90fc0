"""Files that are no pictures: PDF, sound and film, known by their content and kept as they came."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Literal

Reason = Literal["empty", "too_heavy", "unknown"]

MEGABYTE = 1024 * 1024
MAX_DOCUMENT, MAX_RECORDING = 20 * MEGABYTE, 200 * MEGABYTE
PIECE = MEGABYTE

DOCUMENT, SOUND, FILM = "document", "sound", "film"


@dataclass(frozen=True)
class Kind:
    """What a file is: how it is offered, what it is called, and the ending that its name gets."""

    shown_as: str
    content_type: str
    ending: str
    label: str


KINDS = (
    Kind(DOCUMENT, "application/pdf", "pdf", "PDF"),
    Kind(SOUND, "audio/mpeg", "mp3", "MP3"),
    Kind(SOUND, "audio/mp4", "m4a", "M4A"),
    Kind(SOUND, "audio/wav", "wav", "WAV"),
    Kind(SOUND, "audio/ogg", "ogg", "Ogg"),
    Kind(FILM, "video/mp4", "mp4", "MP4"),
    Kind(FILM, "video/webm", "webm", "WebM"),
)
BY_TYPE = {kind.content_type: kind for kind in KINDS}

_SIGNS = (
    (re.compile(rb"%PDF-\d\.\d"), "application/pdf"),
    (re.compile(rb"ID3[\x02-\x04]|\xff[\xfa\xfb\xf2\xf3][\x10-\xeb]"), "audio/mpeg"),
    (re.compile(rb".{4}ftypM4[AB] ", re.DOTALL), "audio/mp4"),
    (re.compile(rb".{4}ftyp(?:isom|iso[2-9]|mp4[12]|avc1|M4V |dash|MSNV)", re.DOTALL), "video/mp4"),
    (re.compile(rb"RIFF.{4}WAVEfmt ", re.DOTALL), "audio/wav"),
    (re.compile(rb"OggS\x00.{22,300}?(?:OpusHead|\x01vorbis)", re.DOTALL), "audio/ogg"),
    (re.compile(rb"\x1a\x45\xdf\xa3.{0,60}?\x42\x82.webm", re.DOTALL), "video/webm"),
)


class FileRefused(Exception):
    """A file that is not taken; `reason` says why in one word."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class StoredFile:
    """A file in the store."""

    key: str
    content_type: str
    size: int


@dataclass(frozen=True)
class File:
    """A file that a text offers, ready for its card."""

    href: str
    kind: Kind
    size: int


def kind_of(head: bytes) -> Kind:
    """Return what the beginning of a file says that it is. Refuses (FileRefused) what is none of `KINDS`."""
    if not head:
        raise FileRefused("empty")
    for sign, content_type in _SIGNS:
        if sign.match(head):
            return BY_TYPE[content_type]
    raise FileRefused("unknown")


def pieces_of(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a file piece by piece, the first of which has said what it is. Refuses (FileRefused) what is too heavy."""
    piece = stream.read(PIECE)
    most = MAX_DOCUMENT if kind_of(piece).shown_as == DOCUMENT else MAX_RECORDING
    size = 0
    while piece:
        size += len(piece)
        if size > most:
            raise FileRefused("too_heavy")
        yield piece
        piece = stream.read(PIECE)


def size_in_words(size: int) -> str:
    """Write a size as people do: 350KB, 12.3MB."""
    return f"{size / MEGABYTE:.1f}MB" if size >= MEGABYTE else f"{max(round(size / 1024), 1)}KB"
