"""What becomes of the texts that staff of a non-profit type and paste."""

import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundsite.markup import plain, to_html
from fundsite.markup.safety import sanitise
from fundsite.media import Picture
from fundsite.text import repair_lookalikes
from support.heavy import HEAVY, HOSTILE
from support.hostile import PAYLOADS

# What a browser would read. Written apart from the code it watches.


ELEMENTS = {
    *(
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "del",
        "div",
        "em",
        "figcaption",
        "figure",
        "hr",
        "i",
        "img",
        "li",
    ),
    *("h2", "h3", "h4", "h5", "h6", "mark", "ol", "p", "pre", "rp", "rt", "ruby", "s", "section", "small"),
    *("span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul"),
}
VOID = {"br", "hr", "img"}
ATTRIBUTES = {
    "a": {"href", "rel", "class", "aria-label"},
    "img": {"src", "srcset", "sizes", "width", "height", "alt", "loading", "decoding"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "span": {"class"},
    "section": {"class"},
    "sup": {"id"},
    "ol": {"start"},
    "li": {"id"},
    "td": {"class"},
    "th": {"class"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
OWN_CLASSES = {
    *("align-center", "align-right", "footnote-back", "footnote-ref", "footnotes"),
    *("missing-picture", "table-scroll"),
}
SCHEME = re.compile(r"[\s\x00-\x20]*([^/?#:]*):")


class Reader(HTMLParser):
    """Collects elements, attributes and words, and what is wrong with them."""

    def __init__(self, prefix=""):
        super().__init__()
        self.prefix = prefix
        self.open = []
        self.elements = []
        self.words = []
        self.ids = []
        self.faults = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ELEMENTS:
            self.faults.append(f"element {tag}")
        if tag in {"p", "ul", "ol", "table", "figure", "div", "blockquote", "pre", "hr"} and "p" in self.open:
            self.faults.append(f"{tag} inside p")
        if tag == "a" and "a" in self.open:
            self.faults.append("link inside link")
        for name, value in attrs:
            self._judge(tag, name, value or "")
        if tag not in VOID:
            self.open.append(tag)

    def _judge(self, tag, name, value):
        if name not in ATTRIBUTES.get(tag, set()):
            self.faults.append(f"attribute {tag}[{name}]")
        if name == "class" and not set(value.split()) <= OWN_CLASSES:
            self.faults.append(f"class {value}")
        if name == "id":
            self.ids.append(value)
            if not re.fullmatch(re.escape(self.prefix) + r"(h|fn|fnref\d*)-[\w-]+", value):
                self.faults.append(f"id {value}")
        scheme = SCHEME.match(value) if name in {"href", "src"} else None
        if scheme and (tag == "img" or scheme[1].lower() not in {"http", "https", "mailto", "tel"}):
            self.faults.append(f"{name} {value}")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"unbalanced {tag}")

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        self.faults.append(f"comment {data}")

    def handle_decl(self, decl):
        self.faults.append(f"declaration {decl}")

    def handle_pi(self, data):
        self.faults.append(f"instruction {data}")


def read(html, prefix=""):
    """Parse `html` to its end."""
    reader = Reader(prefix)
    reader.feed(html)
    reader.close()
    reader.faults += [f"unclosed {tag}" for tag in reader.open]
    reader.faults += [f"id twice: {name}" for name in set(reader.ids) if reader.ids.count(name) > 1]
    return reader


def words(html):
    """Return the text that a visitor sees."""
    return "".join(read(html).words)


SEA = Picture("/media/5ea-960.webp", "/media/5ea-480.webp 480w, /media/5ea-960.webp 960w", 960, 640, "")


def pictures(name):
    return SEA if name.startswith("images/") else None


def html(text, **options):
    result = to_html(text, pictures=pictures, **options).html
    reader = read(result, options.get("id_prefix", ""))
    assert reader.faults == [], (text, result)
    return result


def links(text):
    return [attributes["href"] for tag, attributes in read(html(text)).elements if tag == "a"]


# Plain letters


def test_line_breaks_are_kept_as_typed():
    assert html("こんにちは。\n港の子ども食堂です。\n\nまた来月。") == (
        "<p>こんにちは。<br>港の子ども食堂です。</p>\n<p>また来月。</p>"
    )


@pytest.mark.parametrize(
    "line",
    [
        "①はじめての方へ",
        "◆会場のご案内",
        "※雨天の場合は翌日です",
        "・お菓子　・飲み物",
        "・・",
        "〜みなさまのおかげです〜",
        "~夏の便り~",
        "1500万円を目標にしています",
        "2022. 5 月に始めました",
        "12月1日(木)19時〜",
        "1．準備について",
        "+ 送料として500円",
        "#海をきれいに #子ども食堂",
        "<3 いつもありがとう",
        "A&B商会と<株式会社みなと>さん",
        "5*3*2 と 4 * 4",
        "staff_room_2 と a_b_c.py",
        "お名前______",
        "[1]: 注のような行",
        "そのまま [かっこ] の中",
        "¥1,000 \\1000",
        "「（『【》",
        "=",
        "-",
        "| だけ",
        "＃ 全角のシャープ",
        "＞全角の不等号",
    ],
)
def test_ordinary_signs_stay_as_typed(line):
    result = html(line)
    assert words(result) == line
    assert read(result).elements[0][0] == "p"


def test_a_line_that_begins_with_a_nakaguro_keeps_its_own_line():
    assert html("持ち物\n・水筒\n・帽子") == "<p>持ち物<br>・水筒<br>・帽子</p>"


@pytest.mark.parametrize("indent", ["    ", "\t", "　", "　　　　", "        "])
def test_indented_text_is_text_not_code(indent):
    result = html(f"はじめに\n{indent}字下げした行\n\n{indent}字下げした段落")
    assert "<pre>" not in result
    assert result.count("<p>") == 2


def test_a_full_width_indent_is_kept():
    assert html("　春が来ました。\n　夏も来ます。") == "<p>　春が来ました。<br>　夏も来ます。</p>"


@pytest.mark.parametrize("rule", ["-------------------", "---", "* * *", "=====", "_____", "- - -"])
def test_a_line_of_dashes_is_a_rule_and_never_makes_a_heading(rule):
    assert html(f"お礼状\n{rule}\nメールでお送りします") == "<p>お礼状</p>\n<hr>\n<p>メールでお送りします</p>"


def test_carriage_returns_and_invisible_characters_vanish():
    text = "\ufeff一行目\r\n二\u200b行目\r三\u00a0行目\x00\x08\u2028四行目\u202e"
    assert html(text) == "<p>一行目<br>二行目<br>三 行目<br>四行目</p>"


def test_half_a_surrogate_pair_breaks_nothing():
    assert html("絵\ud83d文字") == "<p>絵文字</p>"


def test_emoji_families_and_name_variants_keep_their_joiners():
    assert words(html("👨‍👩‍👧 葛\U000e0100城")) == "👨‍👩‍👧 葛\U000e0100城"


# Emphasis


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**「重要」**です", "<p><strong>「重要」</strong>です</p>"),
        ("これは**支援。**その次", "<p>これは<strong>支援。</strong>その次</p>"),
        ("**（注意）**、", "<p><strong>（注意）</strong>、</p>"),
        ("とても*大事*です", "<p>とても<em>大事</em>です</p>"),
        ("***両方***だ", "<p><strong><em>両方</em></strong>だ</p>"),
        ("**二行に\nわたる**強調", "<p><strong>二行に<br>わたる</strong>強調</p>"),
        ("**強い*もっと*強い**", "<p><strong>強い<em>もっと</em>強い</strong></p>"),
        ("_ひとこと_ と", "<p><em>ひとこと</em> と</p>"),
        ("__強く__ と", "<p><strong>強く</strong> と</p>"),
        ("**閉じない強調", "<p>**閉じない強調</p>"),
        (r"\*そのまま\*", "<p>*そのまま*</p>"),
        ("`**記号**`のまま", "<p><code>**記号**</code>のまま</p>"),
    ],
)
def test_emphasis_works_next_to_japanese_punctuation(text, expected):
    assert html(text) == expected


# Links


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("詳しくは https://example.org/a をご覧ください", "https://example.org/a"),
        ("詳しくはhttps://example.org/aをご覧ください", "https://example.org/a"),
        ("・Facebookでシェア:https://example.org/x1、です", "https://example.org/x1"),
        ("お申し込み（https://example.org/form）まで", "https://example.org/form"),
        ("お申し込み(https://example.org/form)まで", "https://example.org/form"),
        ("「https://example.org/」!", "https://example.org/"),
        ("「https://example.org/」！？", "https://example.org/"),
        ("https://example.org/。", "https://example.org/"),
        ("see https://example.org/.", "https://example.org/"),
        ("https://example.org/a_b_c/?x=1&y=2#z です", "https://example.org/a_b_c/?x=1&y=2#z"),
        ("https://example.org/wiki/NPO_(法人)", "https://example.org/wiki/NPO_"),
        ("https://example.org/wiki/A_(b) です", "https://example.org/wiki/A_(b)"),
        ("**https://example.org/x**です", "https://example.org/x"),
        ("<https://example.org/y>", "https://example.org/y"),
        ("お問い合わせはinfo@example.orgまで。", "mailto:info@example.org"),
        ("info@example.org。", "mailto:info@example.org"),
        ("[こちら](https://example.org/z)から", "https://example.org/z"),
        ("[【募集中】案内[PDF]](https://example.org/q)", "https://example.org/q"),
        ("[プロジェクト](/c/minato/)", "/c/minato/"),
        ("[電話](tel:0881234567)", "tel:0881234567"),
        ("[百科](https://example.org/支援)", "https://example.org/支援"),
        ('<a href="https://example.org/p" onclick="x()">貼り付け</a>', "https://example.org/p"),
    ],
)
def test_an_address_becomes_a_link_without_the_sentence_around_it(text, address):
    assert links(text) == [address]


def test_links_to_other_sites_say_so_to_machines():
    assert 'rel="noopener nofollow"' in html("https://example.org/")
    assert "rel" not in html("[規約](/pages/terms/)")


def test_an_encoded_address_is_shown_as_words():
    assert words(html("https://example.org/%E6%94%AF%E6%8F%B4")) == "https://example.org/支援"
    assert words(html("https://example.org/%E2%80%AEgpj")) == "https://example.org/%E2%80%AEgpj"


@pytest.mark.parametrize("text", ["https://", "http:// ", "user@", "@handle", "xhttps://example.org/"])
def test_what_is_no_address_stays_text(text):
    assert links(text) == []


# Headings


def test_a_heading_of_the_body_lies_below_the_title_of_the_page():
    result = to_html("# 活動のようす\n本文\n## これから ##\n# 活動のようす")
    assert [(heading.id, heading.text, heading.level) for heading in result.headings] == [
        ("h-活動のようす", "活動のようす", 2),
        ("h-これから", "これから", 3),
        ("h-活動のようす_1", "活動のようす", 2),
    ]
    assert result.html.startswith('<h2 id="h-活動のようす">活動のようす</h2>\n<p>本文</p>\n<h3 id="h-これから">')


def test_a_heading_never_takes_an_id_of_the_page():
    assert 'id="h-pledge"' in html("# pledge")
    assert 'id="u12-h-pledge"' in html("# pledge", id_prefix="u12-")


def test_ids_stay_apart_even_if_headings_try():
    ids = [heading.id for heading in to_html("# あ\n# あ\n# あ 2\n# あ\n# ！\n# ？").headings]
    assert len(set(ids)) == len(ids) == 6


def test_the_text_of_a_heading_is_plain():
    result = to_html("# **夏**の`報告` & [便り](/news/)[^1]\n[^1]: 注")
    assert result.headings[0].text == "夏の報告 & 便り"
    assert result.headings[0].id == "h-夏の報告-便り"


def test_a_link_to_a_heading_finds_it_by_its_words():
    assert links("[目次](#これから)\n# これから") == ["#h-これから"]
    assert 'href="#n-h-これから"' in html("[目次](#これから)\n# これから", id_prefix="n-")


# Lists


def test_a_list_needs_no_blank_line_before_or_after():
    assert html("持ち物\n- 水筒\n- 帽子\nそれでは当日に") == (
        "<p>持ち物</p>\n<ul><li>水筒</li><li>帽子</li></ul>\n<p>それでは当日に</p>"
    )


def test_lists_nest_by_two_spaces_or_four():
    expected = "<ul><li>午前<ul><li>受付</li></ul></li><li>午後</li></ul>"
    assert html("- 午前\n  - 受付\n- 午後") == expected
    assert html("* 午前\n    * 受付\n* 午後") == expected


def test_an_interrupted_numbered_list_goes_on_with_its_numbers():
    assert html("1. 申し込む\n2. 待つ\n\n届いたら\n\n3. 開ける") == (
        '<ol><li>申し込む</li><li>待つ</li></ol>\n<p>届いたら</p>\n<ol start="3"><li>開ける</li></ol>'
    )


def test_bullets_and_numbers_make_lists_of_their_own():
    assert html("- あ\n1. い\n  - う\n2. え") == (
        "<ul><li>あ</li></ul>\n<ol><li>い<ul><li>う</li></ul></li><li>え</li></ol>"
    )


def test_a_list_begins_with_the_number_that_was_typed():
    assert html("3. 三つめから") == '<ol start="3"><li>三つめから</li></ol>'


def test_an_item_may_go_on_after_a_blank_line():
    assert html("- 一つめ\n\n    その続き") == "<ul><li><p>一つめ</p><p>その続き</p></li></ul>"


def test_indented_lines_belong_to_their_item():
    assert html("- 一つめ\n  続き\n\n- 二つめ") == "<ul><li>一つめ<br>続き</li><li>二つめ</li></ul>"


# Pictures


def test_a_picture_is_a_figure_that_reserves_its_room():
    result = html('![浜辺で拾う人たち](images/x.jpg "春の**清掃**")')
    assert read(result).elements[1] == (
        "img",
        {
            "src": "/media/5ea-960.webp",
            "srcset": "/media/5ea-480.webp 480w, /media/5ea-960.webp 960w",
            "sizes": "(min-width: 48rem) 46rem, 100vw",
            "width": "960",
            "height": "640",
            "alt": "浜辺で拾う人たち",
            "loading": "lazy",
            "decoding": "async",
        },
    )
    assert result.startswith("<figure><img ")
    assert result.endswith("<figcaption>春の<strong>清掃</strong></figcaption></figure>")


def test_the_alt_text_is_not_repeated_as_a_caption():
    assert "figcaption" not in html("![海](images/x.jpg)\n※写真は昨年のもの")


def test_pictures_and_words_of_one_paragraph_stand_side_by_side():
    result = html("前\n![一](images/1.jpg)\n![二](images/2.jpg) 後")
    tags = [tag for tag, _ in read(result).elements]
    assert tags == ["p", "figure", "img", "figure", "img", "p"]
    assert result.startswith("<p>前</p>\n<figure>")
    assert result.endswith("</figure>\n<p>後</p>")


def test_an_unknown_picture_leaves_a_visible_word():
    assert html("![名簿](list.jpg)") == '<p><span class="missing-picture">名簿</span></p>'
    assert "list.jpg" in html("![](list.jpg)")


@pytest.mark.parametrize("address", ["https://example.org/x.png", "//example.org/x.png", "HTTP://example.org/x"])
def test_a_picture_of_another_site_is_linked_to_and_not_loaded(address):
    result = html(f"![足あと]({address})")
    assert "<img" not in result
    assert words(result) == "足あと"
    assert links(f"![足あと]({address})")


def test_a_picture_in_a_link_or_a_heading_has_no_frame():
    assert html("[![海](images/x.jpg)](/c/umi/)").startswith('<p><a href="/c/umi/"><img ')
    assert html("# ![海](images/x.jpg) 報告").startswith('<h2 id="h-報告"><img ')


def test_pictures_may_stand_in_items_and_cells():
    assert "<li><p>海</p><figure>" in html("- 海\n  ![](images/x.jpg)")
    assert "<td><figure>" in html("|写真|説明|\n|--|--|\n|![](images/x.jpg)|海|")


# Tables, quotations, code, notes


def test_a_table_scrolls_in_a_frame_that_has_a_name():
    result = html("予算は次のとおり\n|項目|金額|\n|:--|--:|\n|食材|1,000円|\n|会場|\n以上です")
    frame = {"class": "table-scroll", "tabindex": "0", "role": "region", "aria-label": "項目 / 金額"}
    assert ("div", frame) in read(result).elements
    assert '<td class="align-right">1,000円</td>' in result
    assert result.endswith("</div>\n<p>以上です</p>")
    assert "style" not in result


def test_quotations_nest():
    assert html("> 参加者の声\n> > もう一度\n> - 箇条書き\nおわり") == (
        "<blockquote><p>参加者の声</p><blockquote><p>もう一度</p></blockquote>"
        "<ul><li>箇条書き</li></ul></blockquote>\n<p>おわり</p>"
    )


def test_fenced_code_is_shown_as_typed():
    assert html("```html\n<b>太字</b>\n  # 見出しでない\n```\n後") == (
        "<pre><code>&lt;b&gt;太字&lt;/b&gt;\n  # 見出しでない\n</code></pre>\n<p>後</p>"
    )


def test_notes_lead_there_and_back():
    result = html("本文[^出典]と続き[^b]。再び[^出典]\n\n[^出典]: 県の資料\n[^b]: 二つめ\n[^c]: 使われない")
    assert '<sup id="fnref-1"><a class="footnote-ref" href="#fn-1">1</a></sup>' in result
    assert 'id="fnref2-1"' in result
    assert '<li id="fn-1"><p>県の資料' in result
    assert {"#fnref-1", "#fnref2-1"} <= set(links("あ[^a]い[^a]\n\n[^a]: 注"))
    assert "<p>使われない" in result
    assert words(html("注はない[^x]")) == "注はない[^x]"


def test_notes_of_two_texts_of_a_page_stay_apart():
    result = html("本文[^a]\n\n[^a]: 注", id_prefix="u12-")
    assert 'href="#u12-fn-1"' in result
    assert 'id="u12-fn-1"' in result
    assert 'href="#u12-fnref-1"' in result


def test_notes_that_refer_to_notes_come_to_an_end():
    assert html("始め[^a]\n[^a]: 次[^b]\n[^b]: 戻る[^a]").count("<li") == 2


def test_an_empty_note_breaks_nothing():
    assert "<li" in html("本文[^a]\n\n[^a]:")


# What is pasted


def test_pasted_html_leaves_its_words():
    pasted = "<div class='x'><p style='color:red'>一段落</p><p>二段落<br>改行</p></div><!--[if mso]>x<![endif]-->"
    assert html(pasted) == "<p>一段落</p>\n<p>二段落<br>改行</p>"


def test_elements_for_words_may_be_typed():
    assert html("<ruby>阿波<rt>あわ</rt></ruby>と<b>太く</b>H<sub>2</sub>O") == (
        "<p><ruby>阿波<rt>あわ</rt></ruby>と<b>太く</b>H<sub>2</sub>O</p>"
    )


def test_an_element_left_open_does_not_reach_the_next_paragraph():
    assert html("<b>太い\n\n細い</b>") == "<p>太い</p>\n<p>細い</p>"


def test_characters_by_name_are_shown():
    assert words(html("&copy; 2026 A&amp;B &lt;b&gt; &nosuch;")) == "© 2026 A&B <b> &nosuch;"


def test_radicals_from_a_pdf_become_ordinary_characters():
    assert words(html("⼈と⽣活、⻑い⽇々、⺟⼦")) == "人と生活、長い日々、母子"


def test_look_alikes_are_repaired_and_nothing_else():
    assert repair_lookalikes("①㈱髙﨑神ﾊﾝ１Ａ~〜ー") == "①㈱髙﨑神ﾊﾝ１Ａ~〜ー"
    assert repair_lookalikes("か\u3099くしゅう") == "がくしゅう"


# Hostile text


def test_there_are_many_payloads():
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 120


@pytest.mark.parametrize("payload", PAYLOADS)
def test_whatever_is_pasted_comes_out_harmless(payload):
    for text in (
        payload,
        f"前{payload}後",
        f"- {payload}",
        f"> {payload}",
        f"**{payload}**",
        f"[{payload}](/x)",
    ):
        html(text)


def test_the_allow_list_holds_without_the_parser():
    for payload in PAYLOADS:
        reader = read(sanitise(payload, "", set()))
        # A player without a file of ours is an empty one: its attributes are what could do harm.
        harmless = ("unbalanced", "unclosed", "element audio", "element video")
        faults = [fault for fault in reader.faults if not fault.startswith(harmless)]
        assert (faults, reader.ids) == ([], []), payload


TEXTS = st.text(max_size=300) | st.lists(
    st.sampled_from(
        [
            *(
                "**",
                "*",
                "_",
                "`",
                "```",
                "[",
                "]",
                "(",
                ")",
                "![",
                "](",
                "<b>",
                "</b>",
                "<a href=",
                ">",
                "|",
                "|-|",
            ),
            *(
                "- ",
                "1. ",
                "# ",
                "> ",
                "\n",
                "\n\n",
                "  ",
                "    ",
                "\\",
                "&",
                "&lt;",
                "[^1]",
                "[^1]: ",
                "[^1]:",
                "~~~",
                "---",
                "　",
                "<div>",
                "<script>",
            ),
            *(
                "https://",
                "example.org",
                "a@b.jp",
                "images/x.jpg",
                '"',
                "重要",
                "。",
                "<ruby>",
                "<rt>",
                "-->",
                "<!--",
            ),
        ]
    ),
    max_size=60,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_any_text_renders_to_the_same_harmless_html_each_time(text):
    first = to_html(text, pictures=pictures, id_prefix="p-")
    assert read(first.html, "p-").faults == []
    assert to_html(text, pictures=pictures, id_prefix="p-") == first
    assert len(plain(first.html, 40)) <= 40


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="あい漢字。、①※・a1 　", min_size=1).filter(str.strip), min_size=1, max_size=8))
def test_no_word_of_a_letter_is_lost(lines):
    typed = "".join("".join(lines).split())
    assert "".join(words(html("\n".join(lines))).split()) == typed


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_of_200_kilobytes_comes_to_an_end(name):
    assert to_html(HOSTILE[name], pictures=pictures).html


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_text_renders_without_harm(name):
    assert html(HEAVY[name])


def test_a_text_that_no_person_types_is_shown_as_typed():
    typed = "[<b>*" * 4_000
    result = to_html(f"{typed}\n二行目\n\n# 次")
    assert words(result.html) == f"{typed}二行目\n# 次"
    assert result.headings == ()


def test_texts_rendered_at_once_do_not_mix():
    texts = [f"# 報告{number}\n本文[^1]\n- {number}\n\n[^1]: 注{number}" for number in range(60)]
    alone = [to_html(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(to_html, texts)) == alone


# Leads


@pytest.mark.parametrize(
    ("text", "limit", "lead"),
    [
        ("# 題\n短い文です。", 20, "短い文です。"),
        ("一つめの文です。二つめの文はもう少し長く続きます。", 12, "一つめの文です。…"),
        ("一行目\n二行目", 20, "一行目 二行目"),
        ("区切りのない長い言葉がいつまでも続いていく", 10, "区切りのない長い言…"),
        ("支援者は1234567人になりました", 8, "支援者は…"),
        ("# 見出しだけ", 20, "見出しだけ"),
        ("**太字**と[リンク](/x)[^1]\n[^1]: 注", 20, "太字とリンク"),
        ("![海](images/x.jpg '')写真の後", 20, "写真の後"),
        ("<ruby>阿波<rt>あわ</rt></ruby>の国", 20, "阿波の国"),
        ("", 20, ""),
    ],
)
def test_a_lead_is_the_beginning_without_mark_up(text, limit, lead):
    assert plain(html(text), limit) == lead


def test_a_lead_of_a_text_without_mark_up_is_that_text():
    assert plain("A & B の<3", 20) == "A & B の<3"


def test_a_lead_never_tears_a_composed_character():
    assert plain("葛\U000e0100" * 10, 6) in {"葛\U000e0100葛\U000e0100…", "葛\U000e0100葛\U000e0100葛…"}
