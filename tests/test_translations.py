"""English is complete: every wording has its translation, and a visitor under /en/ reads no Japanese of ours."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from fundsite import clock
from fundsite.campaigns.models import NextGoal
from fundsite.updates.models import BACKERS, EVERYONE
from support.factories import filled, pledged
from support.site import session_id_of

ROOT = Path(__file__).parent.parent
TRANSLATIONS = ROOT / "fundsite" / "translations"
# Kana, kanji, and the punctuation and full-width forms that go with them.
JAPANESE = re.compile(r"[\u3000-\u30ff\u31f0-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]+")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.")
# Words that are meant to be Japanese on an English page, such as the link to the Japanese one.
MARKED_JAPANESE = re.compile(r'<(\w+)[^>]*\slang="ja"[^>]*>.*?</\1>', re.DOTALL)
LATIN = {"name": "Hanako Takahashi", "display_name": "Hanako", "comment": "Good luck to you all."}


def singular(message):
    return message[0] if isinstance(message, tuple) else message


def forms(string):
    return list(string) if isinstance(string, tuple) else [string]


def japanese_in(html):
    """Return the Japanese words of a page, without those that are marked as Japanese."""
    return JAPANESE.findall(MARKED_JAPANESE.sub("", html))


@pytest.fixture(scope="module")
def source():
    """What code and templates ask to be translated, by its singular."""
    with (TRANSLATIONS / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(ROOT, methods, options)
    return {singular(message): message for _file, _line, message, _comments, _context in found}


@pytest.fixture(scope="module")
def catalogue():
    with (TRANSLATIONS / "en.po").open("rb") as written:
        return read_po(written, locale="en")


@pytest.fixture(scope="module")
def entries(catalogue):
    """Every translated message: its id and all forms of its translation."""
    return [(message, forms(message.string)) for message in catalogue if message.id]


def test_extraction_finds_the_words_of_code_and_of_templates(source):
    assert {"支援する", "特定商取引法に基づく表記", "%(pledge)sを受け付けました: %(title)s"} <= source.keys()
    assert isinstance(source["残り%(count)s日"], tuple)


def test_every_wording_has_an_english_translation(source, entries):
    translated = {singular(message.id) for message, strings in entries if all(strings) and not message.fuzzy}
    assert sorted(source.keys() - translated) == []


def test_every_wording_with_a_plural_has_both_english_forms(source, entries):
    known = {singular(message.id): message for message, _strings in entries}
    for one, message in source.items():
        if isinstance(message, tuple):
            assert known[one].id == message
            assert len(known[one].string) == 2


def test_the_catalogue_holds_nothing_that_is_no_longer_said(source, catalogue, entries):
    assert not catalogue.obsolete
    assert sorted({singular(message.id) for message, _strings in entries} - source.keys()) == []


def test_translations_keep_the_placeholders_of_their_source(entries):
    for message, strings in entries:
        expected = sorted(PLACEHOLDER.findall(singular(message.id)))
        for string in strings:
            assert sorted(PLACEHOLDER.findall(string)) == expected, message.id


def test_no_translation_holds_japanese(entries):
    assert [string for _message, strings in entries for string in strings if JAPANESE.search(string)] == []


def latin_campaign(make, **values):
    """Make a campaign whose own words are all English, with something in every part of its page."""
    campaign = make.campaign(
        **{
            "title": "A home with supper and a light on",
            "summary": "Supper for forty children.",
            "story_html": '<h2 id="why">Why</h2><p>Because.</p><h2 id="how">How</h2><p>Together.</p>',
            "headings": [{"id": "why", "text": "Why"}, {"id": "how", "text": "How"}],
            "hashtags": ["supper"],
            "budget": [{"label": "Kitchen", "amount": 3_000_000}, {"label": "Food", "amount": 2_000_000}],
            "faq": [{"question": "May I visit?", "answer_html": "<p>Please do.</p>"}],
            "partners": [{"name": "A partner", "url": "https://partner.example/", "text": "Lends a van."}],
            **values,
        },
    )
    make.reward(campaign, "A", title="A letter", stock=5, per_backer=2)
    make.reward(campaign, "B", title="A box of rice", shipping="worldwide")
    make.reward(campaign, "C", title="A visit", stock=1, claimed=1, pledged=1)
    make._add(NextGoal(campaign_id=campaign.id, amount=8_000_000, title="A bath", body_html="<p>Hot.</p>"))
    for number, audience in enumerate((EVERYONE, BACKERS), 1):
        words = {"title": "We have begun", "body": "Today.", "body_html": "<p>Today.</p>", "lead": "Today."}
        make.update(campaign, number, audience=audience, author="The team", **words)


def pay(site, checkout):
    """Pay as the supporter would, and let the worker make its round."""
    session_id = session_id_of(checkout)
    site.pay(session_id)
    for event in site.events_about(session_id):
        assert site.deliver(event).status_code == 200
    site.work()


def hours(count):
    return clock.now() + timedelta(hours=count)


KINDS = {  # of campaign, each with its own words on the page
    "open": dict,
    "donation": lambda: {"wording": "donation"},
    "all_or_nothing": lambda: {"funding": "all_or_nothing"},
    "monthly": lambda: {"funding": "monthly", "ends_at": None},
    "upcoming": lambda: {"starts_at": hours(72)},
    "opening_soon": lambda: {"starts_at": hours(0) + timedelta(minutes=1)},
    "last_hours": lambda: {"ends_at": hours(5)},
    "ended": lambda: {"ends_at": hours(-24), "raised": 6_000_000, "backers": 200},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_campaign_page_under_en_is_english_but_for_the_campaigns_own_words(site, make, kind):
    latin_campaign(make, **KINDS[kind]())
    make.campaign("other", title="Another campaign")
    page = site.get("/en/c/ie/")
    assert page.status_code == 200
    assert '<html lang="en">' in page.text
    assert japanese_in(page.text) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/c/ie/backers/", 200),
        ("/c/ie/updates/", 200),
        ("/c/ie/updates/1/", 200),
        ("/c/ie/updates/2/", 200),
        ("/c/ie/embed", 200),
        ("/legal/", 200),
        ("/privacy/", 200),
        ("/c/ie/pledge", 200),
        ("/c/ie/pledge?reward=A", 200),
        ("/c/ie/pledge?reward=B", 200),
        ("/c/ie/pledge?reward=C", 409),
        ("/c/ie/pledge?reward=Z", 404),
        ("/staff/sign-in", 200),
        ("/nowhere/", 404),
    ],
)
def test_the_other_pages_under_en_are_english_too(site, make, path, status):
    latin_campaign(make)
    page = site.get(f"/en{path}")
    assert page.status_code == status
    assert japanese_in(page.text) == []


def test_a_form_under_en_complains_in_english(site, make):
    latin_campaign(make)
    wrong = {"name": "", "extra": "x", "quantity": "x", "email": "x", "phone": "x", "country": "??"}
    page = filled(site.browser(), code="B", prefix="/en", **{**LATIN, **wrong, "comment": "a" * 1001})
    assert page.status_code == 422
    assert "Please enter your name." in page.text
    assert "Please choose your country or region." in page.text
    assert "Please use no more than 1000 characters." in page.text
    assert japanese_in(page.text) == []


def test_a_supporter_who_pledged_under_en_is_thanked_in_english(site, make):
    latin_campaign(make)
    pay(site, pledged(site.browser(), prefix="/en", **LATIN, quantity="2", extra="500"))
    (mail,) = site.letterbox.to("hanako@example.jp")
    assert mail["Content-Language"] == "en"
    assert mail["Subject"] == "We have received your pledge: A home with supper and a light on"
    text = mail.get_body(("plain",)).get_content()
    assert "Dear Hanako Takahashi," in text
    assert "Total: ¥6,500" in text
    (room,) = re.findall(r"http://localhost(/en/pledges/\S+)", text)
    for words in (mail["Subject"], text, mail.get_body(("html",)).get_content()):
        assert JAPANESE.findall(words) == []
    for page in (room, f"{room}thanks"):
        assert japanese_in(site.get(page).text) == []


def test_a_backer_under_en_stands_on_the_english_page_in_english(site, make):
    latin_campaign(make)
    pay(site, pledged(site.browser(), prefix="/en", **LATIN, anonymous="y"))
    for page in ("/en/c/ie/", "/en/c/ie/backers/"):
        shown = site.get(page).text
        assert "Anonymous" in shown
        assert japanese_in(shown) == []
