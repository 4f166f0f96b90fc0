"""Text as people type it in Japan: full-width signs, half-width kana, all kinds of dashes and spaces.

Numbers and codes are folded by NFKC. Names and prose are not (NFKC turns ① into 1 and ㈱ into (株)): only
half-width kana in them is widened.
"""

import re
import unicodedata
from pathlib import PurePath

LONGEST_STEM = 40

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACES = re.compile(r"[ \t\u00a0\u3000]+")
_HALF_WIDTH_KANA = re.compile(r"[\uff61-\uff9f]+")
# What people type for a hyphen between digits, the long-vowel mark among it.
_DASHES = re.compile(r"[-‐‑‒–—―−ー─━ｰ~〜～]")
_NARROW = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF61, 0xFFA0)}
_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}
_KATAKANA = re.compile(r"[ァ-ヺー・ヽヾ ]+")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)

# Kangxi radicals, which PDF readers hand out in place of ordinary characters; NFKC knows them all.
_KANGXI = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}

# Of the radicals supplement NFKC knows only two, so those with a plain Japanese counterpart are listed.
_SUPPLEMENT = dict(
    zip(
        map(ord, "⺒⺓⺝⺟⺠⺩⺬⺮⺶⻁⻄⻆⻑⻘⻝⻣⻤⻨⻩⻫⻭⻯⻲"),
        "巳幺月母民王示竹羊虎西角長青食骨鬼麦黄斉歯竜亀",
        strict=True,
    )
)

_LOOKALIKES = _KANGXI | _SUPPLEMENT
_SPLIT_KANA = re.compile("[\u3041-\u30fe][\u3099\u309a]")

_PREFECTURES = (
    "北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 富山県 "
    "石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県 "
    "岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 "
    "沖縄県"
)
PREFECTURES = tuple(_PREFECTURES.split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", _CONTROL.sub("", text)).strip()


def line(text: str) -> str:
    """Return one line of prose: no control characters, single spaces, half-width kana widened."""
    widened = _HALF_WIDTH_KANA.sub(lambda run: unicodedata.normalize("NFKC", run[0]), _CONTROL.sub("", text))
    return _SPACES.sub(" ", re.sub(r"[\r\n]+", " ", widened)).strip()


def lines(text: str) -> str:
    """Return prose of several lines, at most one of them empty between two others."""
    kept = "\n".join(line(part) for part in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", kept).strip()


def passage(text: str) -> str:
    """Return a text in Markdown as it was typed: its lines and their indents, without control characters around."""
    joined = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(_CONTROL.sub("", part).rstrip() for part in joined.split("\n")).strip("\n")


def for_xml(text: str) -> str:
    """Return a text without the few characters that no XML document may hold, however they are written."""
    return _NOT_IN_XML.sub("", text)


def file_stem(filename: str) -> str:
    """Return what a file's own name says, safe in an address and in a folder; "" if it says nothing."""
    plain = unicodedata.normalize("NFKC", PurePath(filename.replace("\\", "/")).stem).lower()
    return re.sub(r"[^\w]+", "-", plain)[:LONGEST_STEM].strip("-_")


def kana(text: str) -> str:
    """Return a reading in full-width katakana; hiragana and half-width kana are understood."""
    katakana = unicodedata.normalize(
        "NFC", _folded(text).translate(_HIRAGANA_TO_KATAKANA)
    )  # ワ゛ is a sign, わ゛ is none
    return _SPACES.sub(" ", katakana).strip()


def half_width_kana(text: str) -> str:
    """Return a reading in half-width katakana, as labels print it; "" where it holds anything else."""
    narrow = "".join(_NARROW.get(letter, letter) for letter in unicodedata.normalize("NFD", kana(text)))
    return narrow if all(letter == " " or "\uff61" <= letter <= "\uff9f" for letter in narrow) else ""


def is_katakana(text: str) -> bool:
    """Whether a reading, as `kana` returns it, holds nothing but katakana."""
    return bool(_KATAKANA.fullmatch(text))


def whole_number(text: str) -> int:
    """Return the number that a person typed, such as "３，０００円" or "¥3,000"; ValueError if there is none."""
    bare = re.sub(r"[\s,、¥\\円人個]", "", _folded(text))
    if not re.fullmatch(r"[0-9]{1,12}", bare):
        raise ValueError(text)
    return int(bare)


def postal_code(text: str) -> str:
    """Return a Japanese postal code as 123-4567; ValueError if it has not seven digits."""
    bare = _DASHES.sub("", _folded(text)).removeprefix("〒").replace(" ", "")
    if not re.fullmatch(r"[0-9]{7}", bare):
        raise ValueError(text)
    return f"{bare[:3]}-{bare[3:]}"


def telephone(text: str) -> str:
    """Return a telephone number as digits and hyphens (and a leading +); ValueError for anything else."""
    bare = re.sub(r"[()\s.]+", "-", _DASHES.sub("-", _folded(text)))
    bare = re.sub(r"-{2,}", "-", bare).strip("-")
    if not re.fullmatch(r"\+?[0-9]+(?:-[0-9]+)*", bare) or not 9 <= sum(map(str.isdigit, bare)) <= 15:  # noqa: PLR2004
        raise ValueError(text)
    return bare


def email(text: str) -> str:
    """Return an address that SMTP can carry, its domain in small letters; ValueError otherwise."""
    bare = _folded(text).replace(" ", "")
    if not _EMAIL.fullmatch(bare) or ".." in bare:
        raise ValueError(text)
    local, _, domain = bare.rpartition("@")
    return f"{local}@{domain.lower()}"


def prefecture(text: str) -> str:
    """Return the prefecture that was meant, also without 都道府県; ValueError if there is none."""
    bare = _folded(text).replace(" ", "")
    found = [name for name in PREFECTURES if bare in {name, name[:-1]}]
    if not found:
        raise ValueError(text)
    return found[0]


def repair_lookalikes(text: str) -> str:
    """Turn radicals into the characters they stand for, and split voiced kana into whole ones.

    Nothing else changes: NFKC over prose would turn ① into 1, ㈱ into (株), and names into other spellings.
    """
    joined = _SPLIT_KANA.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)
    return joined.translate(_LOOKALIKES)


# Other forms of the characters that names are most often written with.
_VARIANTS = str.maketrans(
    "髙﨑濵濱邊邉齋齊斎德𠮷槗嶋嶌澤廣國櫻眞彌惠龍瀧淵渕柳栁",
    "高崎浜浜辺辺斉斉斉徳吉橋島島沢広国桜真弥恵竜滝渕渕柳柳",
)
_APART = re.compile(r"[\s・‐-―−-]+|(?<=[0-9])[ー~〜](?=[0-9])")


def folded(text: str) -> str:
    """Return what is compared when people look for something: ｶﾅ, カナ and かな are one, and 髙 is 高.

    Neither spaces nor hyphens nor capitals make a difference.
    """
    wide = unicodedata.normalize("NFKC", text).casefold().translate(_HIRAGANA_TO_KATAKANA).translate(_VARIANTS)
    return _APART.sub("", wide)
