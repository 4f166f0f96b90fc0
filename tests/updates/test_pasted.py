"""What comes out of pasted HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundsite.markup.pasted import marked, to_markdown, unrepaired, without_front_matter

WORD_ITEM = (
    "<p class=MsoListParagraph style='text-indent:-18pt;mso-list:l0 level{} lfo1'>{}<span>&nbsp;&nbsp; </span>{}</p>"
)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h1>題</h1><p>本文<b>太字</b>です</p>", "# 題\n\n本文**太字**です"),
        ("<h2>中</h2><h4>小</h4>", "## 中\n\n## 小"),
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
