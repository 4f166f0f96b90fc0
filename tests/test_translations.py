"""English is complete: every wording has its translation, and a visitor under /en/ reads no Japanese of ours."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from sqlalchemy import select

from fundsite import clock
from fundsite.campaigns.models import NextGoal
from fundsite.db import transaction
from fundsite.pledges.models import Pledge
from fundsite.updates.models import BACKERS, EVERYONE, Update
from support.factories import pledged
from support.site import hidden_fields

ROOT = Path(__file__).parent.parent
TRANSLATIONS = ROOT / "fundsite" / "translations"
# Kana, kanji, and the punctuation and full-width forms that go with them.
JAPANESE = re.compile(r"[\u3000-\u30ff\u31f0-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]+")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.")
# Words that are meant to be Japanese on an English page, such as the link to the Japanese one.
MARKED_JAPANESE = re.compile(r'<(\w+)[^>]*\slang="ja"[^>]*>.*?</\1>', re.DOTALL)
LATIN = {"name": "Hanako Takahashi", "display_name": "Hanako", "comment": "Good luck to you all."}


class English:
    """A visitor who stays under /en/."""

    def __init__(self, browser):
        self.browser = browser

    def get(self, path, **more):
        return self.browser.get(f"/en{path}", **more)

    def post(self, path, **more):
        return self.browser.post(f"/en{path}", **more)


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


def latin_campaign(make, slug="ie", **values):
    """Make a campaign whose own words are all English, with something in every part of its page."""
    campaign = make.campaign(
        slug,
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
    make.reward(campaign, "B", title="A box of rice")
    make.reward(campaign, "C", title="A visit", stock=1, claimed=1, pledged=1)
    with transaction() as session:
        session.add(NextGoal(campaign_id=campaign.id, amount=8_000_000, title="A bath", body_html="<p>Hot.</p>"))
        session.add_all([report(campaign, 1, EVERYONE), report(campaign, 2, BACKERS)])
    return campaign


def report(campaign, number, audience):
    return Update(
        campaign_id=campaign.id,
        number=number,
        slug=f"news-{number}",
        title="We have begun",
        body="Today.",
        body_html="<p>Today.</p>",
        lead="Today.",
        published_at=clock.now() - timedelta(days=number),
        audience=audience,
        author="The team",
    )


def pay(site):
    """Pay the only pledge as its supporter would, and let the worker make its round."""
    ((session_id,),) = site.rows(select(Pledge.checkout_session_id))
    site.pay(session_id)
    for event in site.events_about(session_id):
        assert site.deliver(event).status_code == 200
    site.work()


KINDS = {
    "open": {},
    "donation": {"wording": "donation"},
    "all_or_nothing": {"funding": "all_or_nothing"},
    "monthly": {"funding": "monthly", "ends_at": None},
    "upcoming": {"starts_at": clock.now() + timedelta(days=3)},
    "opening_today": {"starts_at": clock.now() + timedelta(minutes=1)},
    "last_hours": {"ends_at": clock.now() + timedelta(hours=5)},
    "ended": {"ends_at": clock.now() - timedelta(days=1), "raised": 6_000_000, "backers": 200},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_campaign_page_under_en_is_english_but_for_the_campaigns_own_words(site, make, kind):
    latin_campaign(make, **KINDS[kind])
    make.campaign("other", title="Another campaign")
    page = site.browser().get("/en/c/ie/")
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
        ("/c/ie/pledge?reward=C", 409),
        ("/c/ie/pledge?reward=Z", 404),
        ("/staff/sign-in", 200),
        ("/nowhere/", 404),
    ],
)
def test_the_other_pages_under_en_are_english_too(site, make, path, status):
    latin_campaign(make)
    page = site.browser().get(f"/en{path}")
    assert page.status_code == status
    assert japanese_in(page.text) == []


def test_a_form_under_en_complains_in_english(site, make):
    latin_campaign(make)
    browser = English(site.browser())
    form = hidden_fields(browser.get("/c/ie/pledge?reward=A").text)
    wrong = {"extra": "many", "quantity": "none", "email": "nobody", "comment": "a" * 1001}
    page = browser.post("/c/ie/pledge?reward=A", data={**form, **wrong})
    assert page.status_code == 422
    assert "Please enter your name." in page.text
    assert "Please use no more than 1000 characters." in page.text
    assert japanese_in(page.text) == []


def test_a_supporter_who_pledged_under_en_is_thanked_in_english(site, make):
    latin_campaign(make)
    browser = English(site.browser())
    assert pledged(browser, **LATIN, quantity="2", extra="500").status_code == 303
    pay(site)
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
        assert japanese_in(site.browser().get(page).text) == []


def test_a_backer_under_en_stands_on_the_english_page_in_english(site, make):
    latin_campaign(make)
    assert pledged(English(site.browser()), **{**LATIN, "anonymous": "y"}).status_code == 303
    pay(site)
    for page in ("/en/c/ie/", "/en/c/ie/backers/"):
        shown = site.browser().get(page).text
        assert "Anonymous" in shown
        assert japanese_in(shown) == []
