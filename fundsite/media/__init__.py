"""Pictures: checked by content, stripped of what cameras add, stored under the hash of their bytes."""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from fundsite.media.files import PIECE, File, FileRefused, StoredFile, kind_of, pieces_of
from fundsite.media.images import PictureRefused, copies_of

__all__ = [
    "PUBLIC_PATH",
    "File",
    "FileRefused",
    "MediaStore",
    "Picture",
    "PictureRefused",
    "StoredFile",
    "StoredPicture",
    "open_store",
]

PUBLIC_PATH = "/media/"
SHOWN_WIDTH = 960  # of the copy that `src` names; browsers that read `srcset` choose for themselves
VERSION = 1  # of the copies; raising it has them made again

_KEY = re.compile(r"[0-9a-f]{20}")
_PUBLIC = re.compile(r"[0-9a-f]{20}-(?:[1-9][0-9]{0,3}\.webp|share\.jpg)")


@dataclass(frozen=True)
class Picture:
    """A picture ready for an `img` element: `srcset` offers the other copies; the size reserves its room."""

    src: str
    srcset: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class StoredPicture:
    """A picture in the store. Its size is that of the original, upright; `widths` are those of its copies."""

    key: str
    width: int
    height: int
    widths: tuple[int, ...]
    content_type: str


class Folder:
    """Files by name in a folder. Another place to keep them needs these methods and no more."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a file, or None."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return (self.root / name).is_file()

    def write(self, name: str, data: bytes | Iterable[bytes]) -> None:
        """Store a file so that, whenever the process dies, it is there whole or not at all."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.root, prefix=".", suffix=".part", delete=False) as part:
            try:
                part.writelines([data] if isinstance(data, bytes) else data)
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).chmod(0o644)
                Path(part.name).replace(path)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a renamed file's new name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class MediaStore:
    """The pictures of a site. Copies are public, originals never: they may say where they were taken."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files = Folder(root)

    def put(self, data: bytes) -> StoredPicture:
        """Store a picture with its copies and return it. The same bytes again cost no more than a look.

        Refuses what is not a picture that browsers show, or is too heavy, too large or damaged
        (`PictureRefused`); nothing is stored then. The record is written last: a set without is made again.
        """
        key = hashlib.sha256(data).hexdigest()[:20]
        stored = self.get(key)
        if stored is not None:
            return stored
        copies = copies_of(data)
        stored = StoredPicture(key, copies.width, copies.height, tuple(copies.webp), copies.content_type)
        self._files.write(f"originals/{key}", data)
        for width, webp in copies.webp.items():
            self._files.write(f"public/{key}-{width}.webp", webp)
        self._files.write(f"public/{key}-share.jpg", copies.share)
        record = {"version": VERSION} | asdict(stored)
        self._files.write(f"records/{key}.json", json.dumps(record, sort_keys=True).encode())
        return stored

    def get(self, key: str) -> StoredPicture | None:
        """Return the picture of that key, or None if its set is not complete."""
        record = self._files.read(f"records/{key}.json") if _KEY.fullmatch(key) else None
        if record is None:
            return None
        values = json.loads(record)
        if values.pop("version") != VERSION:
            return None
        stored = StoredPicture(**values | {"widths": tuple(values["widths"])})
        return stored if all(map(self._files.has, _names(stored))) else None

    def picture(self, stored: StoredPicture, alt: str) -> Picture:
        """Return a picture as templates show it."""
        shown = max((width for width in stored.widths if width <= SHOWN_WIDTH), default=stored.widths[0])
        return Picture(
            src=_url(stored, shown),
            srcset=", ".join(f"{_url(stored, width)} {width}w" for width in stored.widths),
            width=shown,
            height=max(round(stored.height * shown / stored.width), 1),
            alt=alt,
        )

    def share_url(self, stored: StoredPicture) -> str:
        """Return where the copy for social networks is (1200 by 630)."""
        return f"{PUBLIC_PATH}{stored.key}-share.jpg"

    def original(self, key: str) -> bytes:
        """Return the bytes as they were given. Raises KeyError for an unknown key."""
        data = self._files.read(f"originals/{key}") if _KEY.fullmatch(key) else None
        if data is None:
            raise KeyError(key)
        return data

    def put_file(self, stream: IO[bytes]) -> StoredFile:
        """Store a file that is no picture and return it. The same bytes again are stored once.

        Refuses (FileRefused) what its content does not show to be one of the kinds that are offered, or is too heavy;
        nothing is stored then. `stream` is read twice, never as a whole: first for its name.
        """
        found, size, head = hashlib.sha256(), 0, b""
        for piece in pieces_of(stream):
            head = head or piece
            found.update(piece)
            size += len(piece)
        stored = StoredFile(found.hexdigest()[:20], kind_of(head).content_type, size)
        if self.path_of_file(stored.key) is None:
            stream.seek(0)
            self._files.write(f"files/{stored.key}", _pieces(stream))
        return stored

    def path_of_file(self, key: str) -> Path | None:
        """Return where a file lies, or None if there is none of that key."""
        path = self._root / "files" / key
        return path if _KEY.fullmatch(key) and path.is_file() else None

    def private_folder(self, name: str) -> Path:
        """Return a folder to which no address leads, and which nobody else on the machine reads."""
        folder = self._root / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def path_of(self, public_name: str) -> Path | None:
        """Return the file to serve under a public name, or None: originals have no such name."""
        if not _PUBLIC.fullmatch(public_name):
            return None
        path = self._root / "public" / public_name
        return path if path.is_file() else None


def open_store(media_url: str) -> MediaStore:
    """Open the store that the setting `MEDIA_URL` names. Raises ValueError for a place it cannot be."""
    parts = urlsplit(media_url)
    if parts.scheme == "file" and not parts.netloc and parts.path not in {"", "/"}:
        return MediaStore(Path(unquote(parts.path)))
    raise ValueError(f"MEDIA_URL: {parts.scheme or media_url}: only file:///… is supported")


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece


def _url(stored: StoredPicture, width: int) -> str:
    return f"{PUBLIC_PATH}{stored.key}-{width}.webp"


def _names(stored: StoredPicture) -> list[str]:
    copies = [f"public/{stored.key}-{width}.webp" for width in stored.widths]
    return [f"originals/{stored.key}", f"public/{stored.key}-share.jpg", *copies]
