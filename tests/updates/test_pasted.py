"""What comes out of pasted HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundsite.markup import to_html
from fundsite.markup.pasted import marked, to_markdown, unrepaired, without_front_matter
from fundsite.markup.pasted_text import in_paragraphs

WORD_ITEM = (
    "<p class=MsoListParagraph style='text-indent:-18pt;mso-list:l0 level{} lfo1'>{}<span>&nbsp;&nbsp; </span>{}</p>"
)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h1>題</h1><p>本文<b>太字</b>です</p>", "# 題\n\n本文**太字**です"),
        ("<h2>中</h2><h4>小</h4>", "# 中\n\n## 小"),
        ("<h3>一</h3><h4>二</h4><h5>三</h5><h6>四</h6>", "# 一\n\n## 二\n\n### 三\n\n### 四"),
        (
            "<p><a href='https://a.example/#s1'>庭 (春)</a><a href='https://a.example/#s2'>外</a></p><h2>庭 (春)</h2>",
            "[庭 (春)](#庭%20%28春%29)[外](https://a.example/#s2)\n\n# 庭 (春)",
        ),
        ("<ul><li>一<ul><li>中</li></ul></li><li><p>二</p></li></ul>", "- 一\n    - 中\n- 二"),
        ("<ol><li>a</li><li>b</li></ol><p>後</p>", "1. a\n2. b\n\n後"),
        (WORD_ITEM.format(1, "・", "項目") + WORD_ITEM.format(2, "o", "下"), "- 項目\n    - 下"),
        (WORD_ITEM.format(1, "1.", "はじめ"), "1. はじめ"),
        ("<p><a href='https://example.org/'>こちら</a>へ</p>", "[こちら](https://example.org/)へ"),
        ("<p><a href='https://example.org/'>https://example.org/</a></p>", "https://example.org/"),
        ("<p><a href='javascript:alert(1)'>悪</a></p>", "悪"),
        ("<style>p{}</style><script>alert(1)</script><p onclick=x>a<img src=x onerror=1>b</p>", "ab"),
        ("<b style='font-weight:normal'><p>細<span style='font-weight:700'>太</span></p></b>", "細**太**"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("<p>⽀援と⾷事、か\u3099</p>", "支援と食事、が"),
        ('<p>+++<br>title = "x"<br>+++</p><p>本文</p>', "本文"),
        ("<div>一行目<br>二行目</div>", "一行目\n二行目"),
        ("<p> \n </p><p>&nbsp;</p><p>本文</p>", "本文"),
        ("<o:p>x</o:p><![if !supportLists]>y<![endif]>", "xy"),
        ("<p>前</p><![1", "前"),
    ],
)
def test_what_is_pasted_comes_in_clean(html, markdown):
    assert to_markdown(html) == markdown


@given(st.text(alphabet="<>/ab li p ul ol h1 style='\"!-[]&;\n強", max_size=200))
def test_nothing_that_is_pasted_fails(html):
    assert "<script" not in to_markdown(html)


def test_signs_that_nobody_can_repair_are_marked():
    assert unrepaired("支援\ue000と⺀") == ["⺀", "\ue000"]
    assert marked("と⺀") == "と<mark>⺀</mark>"


@pytest.mark.parametrize(
    "text",
    [
        '+++\ntitle = "x"\naudience = ["F", "G"]\n+++\n\n本文',
        '+++\r\ntitle = "x"\r\n+++\r\n本文',
        '+++\naudience = [\n  "F",\n]\n# 註\n+++\n本文',
        "+++\n本文",
    ],
)
def test_settings_between_pluses_are_never_text(text):
    assert without_front_matter(text) == "本文"


def test_pluses_within_a_line_stay():
    assert without_front_matter("1+++2") == "1+++2"


LONG = (
    "先週の土曜日、台所の改修に集まってくださったみなさんと、床板を一枚ずつはがして、"
    "下の土を乾かすところから作業を始めました。"
)
COLUMN = f"""台所だより、第三回です。
【目次】
床をはがす
火をともす
床をはがす
{LONG}
1:まず乾かす
一週間、窓を開けておきます。
2:(板を選ぶ)
{LONG}
火をともす
{LONG}"""


def test_a_wall_of_text_gets_its_paragraphs_and_short_lines_stay_together():
    wall = f"{LONG}\nこちらは昼休みのようす。\n「おなかがすいたね」\n{LONG}\n※写真は許可を得ています。\n{LONG}"
    assert in_paragraphs(wall).split("\n\n") == [
        LONG,
        "こちらは昼休みのようす。\n「おなかがすいたね」",
        LONG,
        "※写真は許可を得ています。",
        LONG,
    ]


def test_counted_lines_stay_together_and_signs_open_a_paragraph():
    wall = f"{LONG}\n{LONG}\n{LONG}\n用意するもの。\n①軍手\n②はさみ\n◆集合場所\nhttps://example.org/\n◆持ち物"
    assert in_paragraphs(f"{wall}\n・・\n「おわり」").endswith("◆持ち物\n\n・・\n\n「おわり」")
    assert in_paragraphs(wall).endswith(
        "用意するもの。\n\n①軍手\n②はさみ\n\n◆集合場所\nhttps://example.org/\n\n◆持ち物"
    )


def test_a_table_of_contents_names_the_headings_and_leads_to_them():
    text = in_paragraphs(COLUMN)
    assert "【目次】\n\n- [床をはがす](#床をはがす)\n- [火をともす](#火をともす)\n\n# 床をはがす\n\n" in text
    assert "\n\n## 1:まず乾かす\n\n一週間、窓を開けておきます。\n\n## 2:(板を選ぶ)\n\n" in text
    made = to_html(text)
    assert [(heading.level, heading.text) for heading in made.headings] == [
        (2, "床をはがす"),
        (3, "1:まず乾かす"),
        (3, "2:(板を選ぶ)"),
        (2, "火をともす"),
    ]
    assert '<a href="#h-火をともす">火をともす</a>' in made.html


@pytest.mark.parametrize(
    "text",
    [
        "短い。\n行です。",
        f"{LONG}\n\n{LONG}\n{LONG}",
        f"> {LONG}\n> {LONG}\n> {LONG}",
        f"|a|b|\n|-|-|\n|{LONG}|{LONG}|",
        "目次\nひとつだけ\nひとつだけ",
        "【目次】",
    ],
)
def test_what_has_its_form_already_is_left_as_it_is(text):
    assert in_paragraphs(text) == text


@given(st.lists(st.sampled_from(["", "目次", "一", "二", LONG, "①x", "- y", "◆z"]), max_size=12))
def test_no_word_of_a_pasted_text_is_lost(lines):
    made = in_paragraphs("\n".join(lines))
    assert all(line in made for line in lines)
