"""Blocks of reports, by plain conventions, and what a hostile text makes of them."""

import re
from datetime import date, datetime
from html import unescape
from html.parser import HTMLParser

import pytest

from fundsite.markup import events_of, to_html
from fundsite.markup.events import when
from fundsite.media import Picture

EVENT = """【イベント】夏の食堂
日時: 2026年12月20日（日）13:00〜15:00
場所：見本町集会所
対象: どなたでも
申込: https://example.org/form?a=1&b=2"""


def shown(text):
    return to_html(text, pictures=lambda name: Picture(f"/media/{name}.webp", "", 10, 10, ""), blocks=True).html


def test_an_event_becomes_a_card_with_a_calendar_file():
    html = shown(f"前の文\n\n{EVENT}\n\n後の文")
    assert '<section class="event-card"><p><strong>夏の食堂</strong></p>' in html
    assert "<dt>場所</dt><dd>見本町集会所</dd>" in html
    assert '<a href="https://example.org/form?a=1&amp;b=2" rel="noopener nofollow">' in html
    assert '<a href="events/1.ics">' in html
    assert "<p>後の文</p>" in html


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_the_event_that_the_editor_puts_in_is_an_event_in_each_language(locale, draft, hanako):
    page = hanako.browser.get(f"{'/en' if locale == 'en' else ''}/staff/reports/{draft}/edit").text
    skeleton = unescape(re.search(r'data-event="([^"]*)"', page)[1])
    [event] = events_of(skeleton)
    assert (event.starts.isoformat(), event.ends.isoformat()) == ("2027-01-01T13:00:00", "2027-01-01T15:00:00")
    filled = "\n".join(line + "x" if line.endswith(": ") else line for line in skeleton.split("\n"))
    card = shown(filled)
    assert card.count("<dt>") == 4
    assert ("Add to calendar" if locale == "en" else "カレンダーに追加する") in card
    assert events_of(filled)[0].place == "x"


def test_each_event_of_a_text_has_its_own_calendar_file():
    html = shown(f"{EVENT}\n\n{EVENT}")
    assert 'href="events/1.ics"' in html
    assert 'href="events/2.ics"' in html


def test_an_event_without_a_readable_time_is_a_card_without_calendar_file():
    html = shown("【イベント】未定の会\n日時: 秋ごろ")
    assert "event-card" in html
    assert ".ics" not in html


def test_a_head_without_lines_stays_text_and_code_stays_code():
    assert shown("【イベント】のお知らせです。") == "<p>【イベント】のお知らせです。</p>"
    fenced = f"```\n{EVENT}\n```"
    assert "event-card" not in shown(fenced)
    assert events_of(fenced) == []


@pytest.mark.parametrize(
    ("written", "starts", "ends"),
    [
        ("2026年12月20日（日）13:00〜15:00", datetime(2026, 12, 20, 13), datetime(2026, 12, 20, 15)),  # noqa: DTZ001
        ("２０２６年１２月２０日　午後１時〜３時半", datetime(2026, 12, 20, 13), datetime(2026, 12, 20, 15, 30)),  # noqa: DTZ001
        ("2026/12/20 13:00-15:00", datetime(2026, 12, 20, 13), datetime(2026, 12, 20, 15)),  # noqa: DTZ001
        ("2026年12月20日 午前10時から午後3時まで", datetime(2026, 12, 20, 10), datetime(2026, 12, 20, 15)),  # noqa: DTZ001
        ("2026年12月20日〜2026年12月22日", date(2026, 12, 20), date(2026, 12, 22)),
        ("2026年12月20日", date(2026, 12, 20), None),
        ("2026年2月31日", None, None),
        ("2026年12月20日 25:00", None, None),
        ("12月20日 13時", None, None),
    ],
)
def test_times_are_read_as_people_write_them(written, starts, ends):
    assert when(written) == (starts, ends)


def test_an_address_alone_on_a_line_is_a_card_and_one_in_a_sentence_a_link():
    assert '<section class="link-card"><a href="https://example.org/a"' in shown("https://example.org/a")
    assert "link-card" not in shown("詳しくは https://example.org/a をご覧ください。")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://www.youtube.com/watch?v=abc", "YouTube"),
        ("https://youtu.be/abc", "YouTube"),
        ("https://vimeo.com/123456", "Vimeo"),
        ("https://www.facebook.com/someone/videos/123/", "Facebook"),
    ],
)
def test_a_film_is_a_link_that_asks_nobody_before_it_is_followed(address, name):
    html = shown(address)
    assert f"<strong>{name}で動画を見る</strong>" in html
    assert "<iframe" not in html
    assert "<img" not in html


def test_a_host_that_only_pretends_to_be_a_film_site_is_named_for_what_it_is():
    html = shown("https://youtube.com@evil.example/watch?v=1")
    assert "film-card" not in html
    assert "<strong>evil.example</strong>" in html


def test_pictures_on_lines_that_follow_one_another_are_a_gallery():
    html = shown('![一](a.jpg "ひとつめ")\n![二](b.jpg)')
    assert html.startswith('<div class="gallery"><figure>')
    assert html.count("<figure>") == 2
    assert "<figcaption>ひとつめ</figcaption>" in html
    assert "gallery" not in shown("![一](a.jpg)\n\n![二](b.jpg)")


def test_other_texts_know_no_blocks():
    assert "event-card" not in to_html(EVENT).html
    assert "link-card" not in to_html("https://example.org/").html


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "</dd></dl></section><iframe src=//evil.example></iframe>",
    'https://example.org/"onmouseover=alert(1)//',
    "https://example.org/'><script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>",
    "data:text/html,<script>alert(1)</script>",
    "\x02wzxhzdk:0\x03",
]
FRAMES = [
    "{}",
    "【イベント】{}\n日時: {}\n申込: {}",
    "https://example.org/{}",
    '![{}](a.jpg "{}")\n![{}]({})',
    "+++\n{}\n+++",
]
LEADS_ASTRAY = ("javascript", "data")


class Seen(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self):
        super().__init__()
        self.bad = []

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "iframe", "svg", "style", "object", "form", "input"}:
            self.bad.append(tag)
        for name, value in attrs:
            address = (value or "").lower() if name in {"href", "src"} else ""
            if name.startswith("on") or address.startswith(LEADS_ASTRAY):
                self.bad.append((name, value))


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_block_lets_a_script_through(frame, attack):
    seen = Seen()
    seen.feed(shown(frame.replace("{}", attack)))
    assert seen.bad == []
