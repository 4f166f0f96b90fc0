"""Pictures as people upload them: from telephones, cameras, scanners, and from those who mean no good."""

import io
import json
import struct
import warnings
import zlib

import pytest
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from fundsite import media
from fundsite.media import MediaStore, PictureRefused, open_store

ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


@pytest.fixture
def store(tmp_path):
    return MediaStore(tmp_path / "media")


def scene(width=1200, height=800, mode="RGB"):
    """Draw a picture whose left upper quarter is red on blue."""
    image = Image.new("RGB", (width, height), (20, 40, 200))
    ImageDraw.Draw(image).rectangle((0, 0, width // 2, height // 2), fill=(220, 20, 20))
    return image.convert(mode)


def saved(image, kind="JPEG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(store, name):
    path = store.path_of(name)
    assert path is not None, name
    return Image.open(io.BytesIO(path.read_bytes()))


def copies(store, stored):
    names = [f"{stored.key}-{width}.webp" for width in stored.widths] + [f"{stored.key}-share.jpg"]
    return [opened(store, name) for name in names]


def colour(image, x, y):
    """Name the colour at a place given in parts of the picture."""
    place = min(int(image.width * x), image.width - 1), min(int(image.height * y), image.height - 1)
    red, green, blue = image.convert("RGB").getpixel(place)
    if min(red, green, blue) > 200:
        return "white"
    return "red" if red > blue else "blue"


def refusal(store, data):
    with pytest.raises(PictureRefused) as refused:
        store.put(data)
    assert not list(store._root.glob("**/*.webp"))
    return refused.value.reason


# Copies


def test_copies_have_the_agreed_widths_and_a_picture_for_sharing(store):
    stored = store.put(saved(scene(2400, 1600)))
    assert (stored.width, stored.height, stored.widths) == (2400, 1600, (480, 960, 1600))
    assert stored.content_type == "image/jpeg"
    assert [(image.format, image.size) for image in copies(store, stored)] == [
        ("WEBP", (480, 320)),
        ("WEBP", (960, 640)),
        ("WEBP", (1600, 1067)),
        ("JPEG", (1200, 630)),
    ]


@pytest.mark.parametrize(("width", "widths"), [(1, (1,)), (300, (300,)), (480, (480,)), (700, (480, 700))])
def test_a_small_picture_is_never_enlarged(store, width, widths):
    stored = store.put(saved(scene(width, max(width // 2, 1)), "PNG"))
    assert stored.widths == widths
    assert [image.width for image in copies(store, stored)][:-1] == list(widths)


def test_a_picture_element_reserves_its_room(store):
    stored = store.put(saved(scene(2400, 1600)))
    picture = store.picture(stored, "海")
    url = f"/media/{stored.key}"
    assert picture.src == f"{url}-960.webp"
    assert picture.srcset == f"{url}-480.webp 480w, {url}-960.webp 960w, {url}-1600.webp 1600w"
    assert (picture.width, picture.height, picture.alt) == (960, 640, "海")
    assert store.share_url(stored) == f"{url}-share.jpg"


@pytest.mark.parametrize("size", [(6000, 20), (20, 6000), (1600, 30_000)])
def test_panoramas_and_scrolls_fit_into_what_the_format_can_say(store, size):
    stored = store.put(saved(scene(*size), "PNG"))
    assert (stored.width, stored.height) == size
    for image, width in zip(copies(store, stored), stored.widths, strict=False):
        assert image.width == width <= size[0]
        assert image.height <= 16_383
    assert store.picture(stored, "").height >= 1


def test_the_same_bytes_make_the_same_copies_anywhere(tmp_path):
    data = saved(scene(), "PNG")
    first, second = MediaStore(tmp_path / "a"), MediaStore(tmp_path / "b")
    assert first.put(data) == second.put(data)
    files = [
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "a", tmp_path / "b")
    ]
    assert files[0] == files[1]


# What cameras add


def exif(**tags):
    values = Image.Exif()
    values[MAKE] = tags.get("make", "Camera of Hanako")
    values[ORIENTATION] = tags.get("orientation", 1)
    values.get_ifd(GPS)[1] = "N"
    values.get_ifd(GPS)[2] = (34.0, 4.0, 12.0)
    return values


def test_place_and_camera_do_not_leave_the_house(store):
    data = saved(scene(), exif=exif(), comment=b"secret of Hanako", dpi=(300, 300))
    assert b"Hanako" in data
    stored = store.put(data)
    for image in copies(store, stored):
        assert not image.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment", "dpi"} & set(image.info)
    for path in store._root.rglob("public/*"):
        assert b"Hanako" not in path.read_bytes()
    assert store.original(stored.key) == data


def test_words_inside_a_png_do_not_leave_the_house_either(store):
    stored = store.put(saved(scene(mode="RGBA"), "PNG", pnginfo=_note("secret of Hanako"), exif=exif()))
    assert all(b"Hanako" not in path.read_bytes() for path in store._root.rglob("public/*"))
    assert stored.content_type == "image/png"


def _note(text):
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", text)
    return note


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright_whichever_way_the_telephone_was_held(store, orientation):
    upright = scene(1200, 800)
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    lying = upright.transpose(turn[orientation]) if orientation in turn else upright
    stored = store.put(saved(lying, exif=exif(orientation=orientation)))
    assert (stored.width, stored.height) == (1200, 800)
    for image in copies(store, stored):
        assert [colour(image, x, y) for x, y in ((0.2, 0.2), (0.8, 0.2), (0.2, 0.9))] == [
            "red",
            "blue",
            "blue",
        ]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("notes", [b"Exif\0\0garbage", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"x" * 99])
def test_unreadable_notes_of_a_camera_do_not_spoil_the_picture(store, notes):
    assert store.put(saved(scene(), exif=notes)).width == 1200


def test_a_large_photograph_keeps_its_size_though_it_is_decoded_at_less(store):
    stored = store.put(saved(scene(7000, 5000), exif=exif(orientation=6)))
    assert (stored.width, stored.height, stored.widths) == (5000, 7000, (480, 960, 1600))


def test_colours_follow_their_profile(store):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stored = store.put(saved(scene(), icc_profile=profile))
    assert colour(copies(store, stored)[0], 0.2, 0.2) == "red"


def test_a_broken_colour_profile_is_left_aside(store):
    stored = store.put(saved(scene(), icc_profile=b"no profile at all"))
    assert colour(copies(store, stored)[0], 0.2, 0.2) == "red"


# Kinds of pictures


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "1", "P", "CMYK"])
def test_every_colour_mode_comes_out(store, mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    stored = store.put(saved(scene(mode=mode), kind))
    images = copies(store, stored)
    assert images[-1].mode == "RGB"
    if mode in {"RGB", "RGBA", "P", "CMYK"}:
        assert all(colour(image, 0.2, 0.2) == "red" for image in images)


def test_transparency_stays_in_copies_and_is_white_when_shared(store):
    image = Image.new("RGBA", (1200, 630), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 600, 315), fill=(220, 20, 20, 255))
    *shown, share = copies(store, store.put(saved(image, "PNG")))
    assert all(copy.getpixel((copy.width - 2, copy.height - 2))[3] == 0 for copy in shown)
    assert colour(share, 0.9, 0.9) == "white"
    assert colour(share, 0.2, 0.2) == "red"


def test_a_palette_with_transparency_keeps_it(store):
    image = scene(mode="P")
    stored = store.put(saved(image, "PNG", transparency=image.getpixel((1100, 700))))
    assert copies(store, stored)[0].mode == "RGBA"


def test_sixteen_bits_of_grey_are_not_burnt_out(store):
    grey = Image.new("I;16", (600, 400), 32_768)
    image = copies(store, store.put(saved(grey, "PNG")))[0]
    assert 110 < image.convert("L").getpixel((100, 100)) < 145


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_picture_is_shown(store, kind):
    frames = [scene(), Image.new("RGB", (1200, 800), "white")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    stored = store.put(data)
    first = copies(store, stored)[0]
    assert not getattr(first, "is_animated", False)
    assert colour(first, 0.2, 0.2) == "red"


def test_a_telephone_that_stores_two_pictures_in_one_file_is_understood(store):
    stored = store.put(saved(scene(), "MPO", save_all=True, append_images=[scene(600, 400)]))
    assert (stored.width, stored.content_type) == (1200, "image/jpeg")


def test_a_profile_leaves_transparency_alone(store):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.new("RGBA", (600, 400), (220, 20, 20, 0))
    copy = copies(store, store.put(saved(image, "PNG", icc_profile=profile)))[0]
    assert copy.getpixel((9, 9))[3] == 0


# What is refused


def png_that_claims(width, height):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("warned", ["error", "ignore"])
@pytest.mark.parametrize("size", [(8_000, 7_000), (10_000, 9_500), (60_000, 60_000)])
def test_a_bomb_is_refused_before_it_is_decoded(store, size, warned):
    warnings.simplefilter(warned)  # pytest restores the filters
    assert refusal(store, png_that_claims(*size)) == "too_large"


def test_a_picture_cut_short_is_refused(store):
    data = saved(scene(), "JPEG")
    assert refusal(store, data[: len(data) // 2]) == "broken"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_damage_of_any_kind_is_refused_and_never_a_crash(store, kind):
    data = bytearray(saved(scene(), kind))
    assert refusal(store, bytes(data[: len(data) // 2])) in {"broken", "not_a_picture"}


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>',
        b"%PDF-1.7",
        b"\xff\xd8\xff",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
        b"PK\x03\x04",
        b"x",
    ],
)
def test_what_is_no_picture_is_refused_whatever_its_name(store, data):
    assert refusal(store, data) == "not_a_picture"


def test_formats_that_browsers_do_not_show_are_refused(store):
    assert refusal(store, saved(scene(), "TIFF")) == "not_a_picture"
    assert refusal(store, saved(scene(), "BMP")) == "not_a_picture"


def test_nothing_and_too_much_are_refused(store):
    assert refusal(store, b"") == "empty"
    assert refusal(store, b"\xff\xd8" + b"\0" * 20_000_000) == "too_heavy"


def test_a_refusal_speaks_to_people(store):
    with pytest.raises(PictureRefused, match="JPEG・PNG・WebP・GIF"):
        store.put(b"text")


# The store


def test_the_same_bytes_twice_are_no_work(store, monkeypatch):
    data = saved(scene())
    stored = store.put(data)
    monkeypatch.setattr(media, "copies_of", lambda _: pytest.fail("made again"))
    assert store.put(data) == stored == store.get(stored.key)


def test_a_set_that_was_interrupted_is_made_whole(store, monkeypatch):
    data = saved(scene())
    whole = store.put(data)
    files = sorted(path.relative_to(store._root) for path in store._root.rglob("*") if path.is_file())
    write = media.Folder.write
    for survivors in range(len(files)):
        for path in files:
            (store._root / path).unlink(missing_ok=True)
        written = []

        def dying(folder, name, content, written=written, survivors=survivors):
            if len(written) == survivors:
                raise KeyboardInterrupt
            written.append(name)
            write(folder, name, content)

        monkeypatch.setattr(media.Folder, "write", dying)
        with pytest.raises(KeyboardInterrupt):
            store.put(data)
        monkeypatch.setattr(media.Folder, "write", write)
        assert store.get(whole.key) is None
        assert store.put(data) == whole
        assert sorted(path.relative_to(store._root) for path in store._root.rglob("*") if path.is_file()) == files


@pytest.mark.parametrize("lost", ["*-480.webp", "*-share.jpg", "*.json"])
def test_a_file_that_got_lost_is_made_again(store, lost):
    data = saved(scene())
    stored = store.put(data)
    next(store._root.rglob(lost)).unlink()
    assert store.get(stored.key) is None
    assert store.put(data) == stored == store.get(stored.key)


def test_copies_of_an_earlier_version_are_made_again(store, monkeypatch):
    data = saved(scene())
    stored = store.put(data)
    monkeypatch.setattr(media, "VERSION", media.VERSION + 1)
    assert store.get(stored.key) is None
    assert store.put(data) == stored
    record = json.loads((store._root / f"records/{stored.key}.json").read_text())
    assert record["version"] == media.VERSION


def test_a_write_that_fails_leaves_nothing_behind(store, monkeypatch):
    monkeypatch.setattr(media.os, "fsync", lambda _: (_ for _ in ()).throw(OSError("no space")))
    with pytest.raises(OSError, match="no space"):
        store.put(saved(scene()))
    assert [path for path in store._root.rglob("*") if path.is_file()] == []


def test_only_copies_have_a_public_name(store):
    stored = store.put(saved(scene()))
    assert store.path_of(f"{stored.key}-480.webp").read_bytes()[8:12] == b"WEBP"
    assert store.path_of(f"{stored.key}-share.jpg") is not None
    for name in (
        *(stored.key, f"{stored.key}.json", f"originals/{stored.key}", f"../originals/{stored.key}"),
        *(
            f"{stored.key}-480.webp\n",
            f"{stored.key}-480.webp/",
            f"{stored.key}-0480.webp",
            f"{stored.key}-481.webp",
        ),
        *(
            f"{stored.key.upper()}-480.webp",
            f"./{stored.key}-480.webp",
            f"..%2f{stored.key}-480.webp",
            "",
            "\0",
        ),
        *(f"{'0' * 20}-480.webp", "..", "/etc/passwd", f"{stored.key}-٤٨٠.webp"),
    ):
        assert store.path_of(name) is None, name


@pytest.mark.parametrize("key", ["", "../records/x", "0" * 20, "0" * 19, "0" * 20 + "\n"])
def test_an_unknown_key_has_no_original(store, key):
    assert store.get(key) is None
    with pytest.raises(KeyError):
        store.original(key)


def test_the_setting_names_the_place(tmp_path):
    place = tmp_path / "写真 置き場"
    stored = open_store(place.as_uri()).put(saved(scene()))
    assert MediaStore(place).get(stored.key) == stored


@pytest.mark.parametrize(
    "url", ["", "media", "file:", "file:///", "file://host/media", "s3://bucket/prefix", "http://x/y"]
)
def test_a_setting_that_names_no_place_is_refused(url):
    with pytest.raises(ValueError, match="MEDIA_URL"):
        open_store(url)
