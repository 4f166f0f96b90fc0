"""Text as people type it in Japan."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fundsite import text

# What people type, and what comes with it from PDF files and other forms.
TYPED = st.text(
    st.one_of(
        st.sampled_from(
            "０１２３4567890-ー－―〒 　\t\n\r,、¥￥円()（）+＋@＠.．ﾊﾞｶﾞｰｱわ゙をﾞﾟ髙﨑𠮷①㈱⼈\u3099\u200b\u00a0\u2003\u0085"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=40,
)


@given(TYPED)
@example("わ\u3099")  # composes only once it is katakana
@pytest.mark.parametrize("function", [text.line, text.lines, text.kana, text.repair_lookalikes])
def test_prose_that_was_understood_once_is_understood_the_same_again(function, typed):
    once = function(typed)
    assert function(once) == once


@given(TYPED)
@pytest.mark.parametrize("function", [text.postal_code, text.telephone, text.email, text.prefecture])
def test_a_code_that_was_understood_once_is_understood_the_same_again(function, typed):
    try:
        once = function(typed)
    except ValueError:
        return
    assert function(once) == once


@given(st.integers(0, 999_999_999_999))
def test_a_number_is_the_same_however_it_is_written(number):
    wide = str.maketrans("0123456789,", "０１２３４５６７８９，")
    for typed in (str(number), f"{number:,}", f"{number:,}".translate(wide), f" ￥{number:,}円 ", f"\\{number}"):
        assert text.whole_number(typed) == number


@pytest.mark.parametrize("typed", ["", "-500", "3.5", "三千円", "1e3", "０ｘ１０", "1" * 13, "½"])
def test_what_is_no_whole_number_is_refused(typed):
    with pytest.raises(ValueError, match=re.escape(typed) + "$"):
        text.whole_number(typed)


@given(TYPED)
def test_a_line_has_no_line_break_no_control_character_and_no_space_around_it(typed):
    found = text.line(typed)
    assert found == found.strip()
    assert not any(unicodedata.category(sign) == "Cc" for sign in found)


@given(TYPED)
def test_several_lines_keep_their_breaks_and_lose_other_control_characters(typed):
    found = text.lines(typed)
    assert "\n\n\n" not in found
    assert not any(unicodedata.category(sign) == "Cc" for sign in found.replace("\n", ""))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("髙﨑 𠮷田", "髙﨑 𠮷田"),
        ("①㈱見本　第一営業部", "①㈱見本 第一営業部"),
        ("ﾀｶﾊｼ ﾊﾅｺ", "タカハシ ハナコ"),
        ("ｶﾞｯﾂ石松", "ガッツ石松"),
        ("  山田\t　太郎\u200b ", "山田 太郎"),
        ("㌔ｸﾞﾗﾑ", "㌔グラム"),
        ("一行目\r\n二行目", "一行目 二行目"),
    ],
)
def test_prose_keeps_its_characters_but_for_half_width_kana_and_spaces(typed, kept):
    assert text.line(typed) == kept


def test_several_lines_keep_one_empty_line_between_paragraphs():
    assert text.lines(" 一\r\n\r\n\r\n\r\n二 \r三  ") == "一\n\n二\n三"


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("たかはし　はなこ", "タカハシ ハナコ"),
        ("ﾀｶﾊｼ ﾊﾅｺ", "タカハシ ハナコ"),
        ("ゔぃおら", "ヴィオラ"),
        ("スズキ・メアリー", "スズキ・メアリー"),
    ],
)
def test_a_reading_becomes_full_width_katakana(typed, reading):
    assert text.kana(typed) == reading
    assert text.is_katakana(reading)


@pytest.mark.parametrize("reading", ["髙橋", "Takahashi", ""])
def test_what_is_no_katakana_is_told_apart(reading):
    assert not text.is_katakana(text.kana(reading))


@pytest.mark.parametrize(
    "typed",
    [
        "1234567",
        "123-4567",
        "１２３ー４５６７",
        "〒１２３−４５６７",
        "〒 123‐4567",
        "１２３ 　４５６７",
        "123ｰ4567",
        "123～4567",
    ],
)
def test_a_postal_code_is_understood_with_any_digits_and_dashes(typed):
    assert text.postal_code(typed) == "123-4567"


@pytest.mark.parametrize("typed", ["", "123456", "12345678", "abc-defg", "123-456a", "１２３ー４５６"])
def test_a_postal_code_without_seven_digits_is_refused(typed):
    with pytest.raises(ValueError, match=re.escape(typed) + "$"):
        text.postal_code(typed)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("088ー621ー2179", "088-621-2179"),
        ("０３－１２３４－５６７８", "03-1234-5678"),
        ("０９０（１２３４）５６７８", "090-1234-5678"),
        ("09012345678", "09012345678"),
        ("+81 90 1234 5678", "+81-90-1234-5678"),
        ("03.1234.5678", "03-1234-5678"),
    ],
)
def test_a_telephone_number_stays_text_with_plain_hyphens(typed, number):
    assert text.telephone(typed) == number


@pytest.mark.parametrize("typed", ["", "12345678", "1" * 16, "03-1234-567X", "03-1234-5678 内線9"])
def test_what_is_no_telephone_number_is_refused(typed):
    with pytest.raises(ValueError, match=re.escape(typed) + "$"):
        text.telephone(typed)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("hanako@example.jp", "hanako@example.jp"),
        (" ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ ", "hanako@example.jp"),
        ("Hanako.T+shien@EXAMPLE.JP", "Hanako.T+shien@example.jp"),
    ],
)
def test_a_mail_address_is_understood_in_full_width_too(typed, address):
    assert text.email(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "hanako",
        "hanako@",
        "@example.jp",
        "hanako@example",
        "ha..nako@example.jp",
        "花子@example.jp",
        "a@b@example.jp",
        "a@example.jp\nBcc: other@example.jp",
        "a@-example.jp",
        "<a@example.jp>",
    ],
)
def test_what_smtp_cannot_carry_is_refused(typed):
    with pytest.raises(ValueError, match=re.escape(typed) + "$"):
        text.email(typed)


@pytest.mark.parametrize(
    ("typed", "meant"), [("東京", "東京都"), ("京都府", "京都府"), (" 北海道", "北海道"), ("京都", "京都府")]
)
def test_a_prefecture_is_understood_with_and_without_its_last_sign(typed, meant):
    assert text.prefecture(typed) == meant


def test_there_are_47_prefectures_and_nothing_else_is_one():
    assert len(set(text.PREFECTURES)) == 47
    with pytest.raises(ValueError, match="カナダ"):
        text.prefecture("カナダ")


def test_radicals_become_ordinary_characters_and_prose_stays():
    assert text.repair_lookalikes("⼈と⻑い⾷事") == "人と長い食事"
    assert text.repair_lookalikes("ハ\u309aン①㈱髙") == "パン①㈱髙"
