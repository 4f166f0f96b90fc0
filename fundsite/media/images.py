"""Turns the bytes of an upload into the copies that a site shows. The only module that imports Pillow."""

import io
import struct
from dataclasses import dataclass
from typing import Literal

from PIL import ExifTags, Image, ImageCms, ImageOps

Reason = Literal["empty", "too_heavy", "too_large", "not_a_picture", "broken"]

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
WIDTHS = (480, 960, 1600)
MAX_HEIGHT = 16_000  # WebP ends at 16,383
FIRST_LYING = 5  # of the EXIF orientations, from which on width and height change places
SHARE_SIZE = (1200, 630)
SHARE_CENTRE = (0.5, 0.4)  # faces stand above the middle

_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
}
_MESSAGES: dict[Reason, str] = {
    "empty": "ファイルが空です。",
    "too_heavy": "画像は20MBまでです。",
    "too_large": "画像は5,000万画素までです。",
    "not_a_picture": "JPEG・PNG・WebP・GIFの画像を選んでください。",
    "broken": "画像が壊れているため読み込めません。",
}
# What Pillow's readers raise on damaged files, whatever its documentation says.
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, IndexError, EOFError, OverflowError, struct.error)


class PictureRefused(Exception):  # noqa: N818
    """An upload that is not taken. `reason` is for programs, the message for people."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(_MESSAGES[reason])
        self.reason = reason


@dataclass(frozen=True)
class Copies:
    """What is made of an upload. The size is the original's, upright; `webp` holds copies by width."""

    width: int
    height: int
    content_type: str
    webp: dict[int, bytes]
    share: bytes


def copies_of(data: bytes) -> Copies:
    """Make the copies of a picture, without anything that its camera wrote down. Same bytes, same copies."""
    if not data:
        raise PictureRefused("empty")
    if len(data) > MAX_BYTES:
        raise PictureRefused("too_heavy")
    with _open(data) as image:
        content_type = _TYPES[image.format or ""]
        try:
            width, height = _decode(image)
            largest = _colours(image, _widths(width, height)[-1])
        except _DAMAGE as damage:
            raise PictureRefused("broken") from damage
    webp = {step: _webp(_scaled(largest, step)) for step in _widths(width, height)}
    return Copies(width, height, content_type, webp, _share(largest))


def _open(data: bytes) -> Image.Image:
    """Look at the head of a file: nothing is decoded before its size is known to be bearable."""
    try:
        image = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP", "GIF"])
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
        raise PictureRefused("too_large") from bomb
    except _DAMAGE as unknown:
        raise PictureRefused("not_a_picture") from unknown
    # Pillow only warns of bombs, and at a size beyond ours.
    if image.width * image.height > MAX_PIXELS:
        raise PictureRefused("too_large")
    return image


def _decode(image: Image.Image) -> tuple[int, int]:
    """Decode the first frame and turn it upright. Return its full size: a large JPEG is decoded at less."""
    width, height = image.size
    orientation = _orientation(image)
    image.draft(None, (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
    if orientation > 1:
        ImageOps.exif_transpose(image, in_place=True)
    image.load()
    return (height, width) if orientation >= FIRST_LYING else (width, height)


def _orientation(image: Image.Image) -> int:
    """Return how the camera was held, and 1 (upright) where its notes cannot be read."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _DAMAGE:
        return 1


def _widths(width: int, height: int) -> list[int]:
    """Choose the widths of the copies: never wider than the picture, never higher than WebP can say."""
    largest = max(min(width, WIDTHS[-1], width * MAX_HEIGHT // height), 1)
    return [step for step in WIDTHS if step < largest] + [largest]


def _colours(image: Image.Image, width: int) -> Image.Image:
    """Scale a picture down and turn its colours into sRGB; transparency stays."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    profile = image.info.get("icc_profile")
    mode = "RGBA" if image.has_transparency_data else image.mode if image.mode == "CMYK" else "RGB"
    small = _scaled(image if image.mode == mode else image.convert(mode), width)
    small.info = {}
    return _to_srgb(small, profile) if profile else small.convert("RGB") if mode == "CMYK" else small


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Follow the colour profile, since copies carry none. One that cannot be followed is left aside."""
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=target)
    except (ImageCms.PyCMSError, *_DAMAGE):
        turned = None
    result = turned or image.convert(target)
    result.info = {}
    return result


def _scaled(image: Image.Image, width: int) -> Image.Image:
    height = max(round(image.height * width / image.width), 1)
    return (
        image
        if width == image.width
        else image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    )


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=80, method=4)
    return out.getvalue()


def _share(image: Image.Image) -> bytes:
    """Make the copy for social networks, on white: they show transparency as black."""
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image if image.mode == "RGBA" else None)
    out = io.BytesIO()
    fitted = ImageOps.fit(white, SHARE_SIZE, Image.Resampling.LANCZOS, centering=SHARE_CENTRE)
    fitted.save(out, "JPEG", quality=85, optimize=True, progressive=True)
    return out.getvalue()
