"""PDF files: the type is real, the words can be copied, and the same calls make the same bytes."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from fundsite.pdf import SMALLEST, Paper, Style, fitted, lines_of, width_of
from support.pdf import fonts_of, pages_of, words_of

MADE = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
NAMES = ["髙橋 一郎", "山﨑 桜", "𠮷田 はな", "齋藤 ①㈱", "O'Brien ♡", "Dvořák ŁÓDŹ Ελλάδα"]


def paper():
    made = Paper("領収書", "テストの団体", MADE)
    made.new_page()
    return made


def test_difficult_names_can_be_copied_out_of_the_file():
    made = paper()
    for number, name in enumerate(NAMES):
        made.text(20, 20 + 10 * number, name)
        made.text(110, 20 + 10 * number, name, Style(bold=True))
    words = words_of(made.output())
    assert made.missing == []
    for name in NAMES:
        assert words.count(name) == 2


def test_the_type_is_embedded_and_only_what_is_used_of_it():
    made = paper()
    made.text(20, 20, "".join(NAMES))
    made.text(20, 40, "領収書", Style(bold=True))
    data = made.output()
    fonts = fonts_of(data)
    assert {font[0].partition("+")[2] for font in fonts}
    assert all(font[-5:-2] == ["yes", "yes", "yes"] for font in fonts)
    assert len(data) < 60_000


def test_what_no_font_says_is_a_geta_and_is_listed():
    made = paper()
    made.text(20, 20, "김 さん 邉\U000e0101")
    made.text(20, 30, "김 さん")
    assert made.missing == ["邉\U000e0101", "김"]
    assert "〓 さん 邉" in words_of(made.output())


def test_letters_and_their_marks_are_joined_but_names_are_not_normalised():
    made = paper()
    made.text(20, 20, "か\u3099e\u0301神㈱")
    assert made.missing == []
    assert "がé神㈱" in words_of(made.output())


def drawn():
    made = paper()
    made.text_centred(105, 20, "領収書", Style(22, bold=True))
    made.paragraph(20, 40, "".join(NAMES) * 5, 80)
    made.rule(20, 100, 190, 100)
    made.box(20, 110, 50, 20)
    made.shade(80, 110, 50, 20)
    return made.output()


def test_the_same_calls_make_the_same_bytes_also_in_another_process():
    script = "import hashlib, test_pdf; print(hashlib.sha256(test_pdf.drawn()).hexdigest())"
    path = os.pathsep.join(["tests", "."])
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert drawn() == drawn()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("あいうえおかきくけこ。さしす", ["あいうえおかきくけ", "こ。さしす"]),
        ("あいうえおかきくけ「さしす」", ["あいうえおかきくけ", "「さしす」"]),
        ("あいうえおABCDEFGHIJ", ["あいうえお", "ABCDEFGHIJ"]),
        ("あい\nう", ["あい", "う"]),
        ("", [""]),
    ],
)
def test_lines_break_where_japanese_lines_may(text, lines):
    ten = width_of("あ" * 10) + 0.01
    assert lines_of(text, ten) == lines


def test_no_line_is_wider_than_its_place_and_nothing_of_the_text_is_lost():
    text = "".join(NAMES) + "https://example.com/" + "x" * 200 + "終わり。"
    lines = lines_of(text, 30)
    assert all(width_of(line) <= 30 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_type_is_made_smaller_to_fit_and_what_still_does_not_fit_is_listed():
    long = "特定非営利活動法人" * 3
    style = fitted(long, 80, Style(14))
    assert SMALLEST <= style.size < 14
    assert width_of(long, style) <= 80
    made = paper()
    made.paragraph(20, 20, "長" * 100, 40, most=2)
    assert len(made.missing) == 1
    assert "…" in words_of(made.output())


def test_each_page_is_a_page():
    made = paper()
    made.text(20, 20, "一枚目")
    made.new_page()
    made.text(20, 20, "二枚目")
    assert made.pages == 2
    assert [page.strip() for page in pages_of(made.output())] == ["一枚目", "二枚目"]
