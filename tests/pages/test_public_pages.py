"""Public pages: cheap whatever the number of pledges, the same for everybody, and silent about what is private."""

import json
import re
from contextlib import contextmanager
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import event, insert, select

from fundsite import clock, markup
from fundsite.campaigns.models import NextGoal
from fundsite.db import db, transaction
from fundsite.pledges.models import Pledge
from fundsite.site import Site
from support.databases import on_sqlite
from support.factories import pledged

ATOM = "{http://www.w3.org/2005/Atom}"
SECRET = "秘密の本文"
JSON_KEYS = {
    *("slug", "title", "url", "status", "currency", "goal", "next_goals", "raised", "percent", "backers"),
    *("starts_at", "ends_at", "days_left", "rewards", "updates"),
}


@contextmanager
def statements(site):
    """Collect what the database is asked."""
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    with site.inside():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def full(site, make):
    """A campaign with everything on its page."""
    with site.inside(), transaction() as session:
        session.add(Site(name="認定NPO法人ゆうげの間", tagline="ただいま", languages=["ja", "en"]))
    campaign = make.campaign(
        summary="夕ごはんの家",
        story_html="<h2 id='a'>はじめに</h2>",
        headings=[{"id": "a", "text": "はじめに"}],
        hashtags=["ゆうげ"],
        budget=[{"label": "工事", "amount": 100}],
        faq=[{"question": "問", "answer": "答", "answer_html": "<p>答</p>"}],
        partners=[{"name": "連携", "url": "https://example.org/", "text": ""}],
    )
    make.campaign("mori", title="森の学校")
    make._add(NextGoal(campaign_id=campaign.id, amount=15_000_000, title="次へ"))
    make.reward(campaign, "A", stock=5)
    make.reward(campaign, "B", title="森の便り")
    make.update(campaign, 1)
    hidden = {"body": SECRET, "body_html": f"<p>{SECRET}</p>", "lead": SECRET}
    make.update(campaign, 2, audience="backers", title="限定の報告", **hidden)
    make.update(campaign, 3, title="明日の報告", published_at=clock.now() + timedelta(days=1))
    return campaign


ADDRESSES = [
    "/",
    "/c/ie/",
    "/c/ie/updates/",
    "/c/ie/updates/1/",
    "/c/ie/updates/2/",
    "/c/ie/updates.atom",
    "/c/ie/backers/",
    "/c/ie.json",
    "/c/ie/embed",
    "/legal/",
    "/privacy/",
    "/theme.css",
    "/sitemap.xml",
    "/robots.txt",
]


def test_the_campaign_page_asks_eight_times_at_most_with_no_pledge_and_with_a_thousand(site, make, full):
    reward = site.one(select(db.metadata.tables["reward"].c.id).limit(1))
    with statements(site) as before:
        assert site.get("/c/ie/").status_code == 200
    model = {column.name: getattr(make.paid(full, comment="応援"), column.name) for column in Pledge.__table__.columns}
    rows = [
        {**model, "id": None, **{name: f"many-{name}-{number}" for name in ("reference", "attempt", "token_hash")}}
        for number in range(1_000)
    ]
    for row in rows:
        row.pop("id")
    site.change(insert(Pledge).values(rows[:500]), insert(Pledge).values(rows[500:]))
    with statements(site) as after:
        page = site.get("/c/ie/")
    asked = [one for one in after if not one.startswith(("BEGIN", "PRAGMA", "select pg_catalog", "show "))]
    assert len(asked) <= 8, asked
    assert len(after) == len(before)
    assert page.text.count("応援") < 30
    assert reward


@on_sqlite
def test_no_markdown_is_rendered_while_a_visitor_waits(site, full, monkeypatch):
    assert full

    def forbidden(*_args, **_kwargs):
        raise AssertionError("Markdown was rendered")

    for name in ("to_html", "plain"):
        monkeypatch.setattr(markup, name, forbidden)
        monkeypatch.setattr(f"fundsite.content.render.{name}", forbidden, raising=False)
    for address in ADDRESSES:
        assert site.get(address).status_code == 200, address


@on_sqlite
def test_public_pages_set_no_cookie_and_are_the_same_for_whoever_has_one(site, full):
    assert full
    regular = site.browser()
    pledged(regular)
    for address in [*ADDRESSES, *(f"/en{one}" for one in ADDRESSES)]:
        stranger = site.get(address)
        assert "Set-Cookie" not in stranger.headers, address
        assert "Cookie" not in stranger.headers.get("Vary", ""), address
        assert "public" in stranger.headers["Cache-Control"], address
        assert regular.get(address).data == stranger.data, address


@on_sqlite
def test_every_answer_carries_the_headers_that_keep_it_from_harm(site, full):
    assert full
    for address in [*ADDRESSES, "/c/ie/pledge?reward=A", "/nowhere", "/healthz"]:
        reply = site.get(address)
        policy = dict(part.strip().split(" ", 1) for part in reply.headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["base-uri"] == "'none'"
        assert policy["frame-ancestors"] == ("*" if address.endswith("/embed") else "'none'")
        assert "unsafe" not in reply.headers["Content-Security-Policy"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "Referrer-Policy" in reply.headers
        assert "Strict-Transport-Security" not in reply.headers, "the site is not on https"


@on_sqlite
def test_private_pages_are_never_kept(site, full):
    assert full
    reply = site.get("/c/ie/pledge?reward=A")
    assert reply.headers["Cache-Control"] == "no-store"
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@on_sqlite
def test_head_and_a_page_that_is_known_already_send_no_body(site, full):
    assert full
    for address in ADDRESSES:
        reply = site.get(address)
        head = site.browser().head(address)
        assert (head.status_code, head.data) == (200, b""), address
        again = site.get(address, headers={"If-None-Match": reply.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), address
        assert site.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


@on_sqlite
def test_a_report_for_some_never_leaks_its_body(site, full):
    assert full
    for address in [*ADDRESSES, *(f"/en{one}" for one in ADDRESSES)]:
        assert SECRET not in site.get(address).text, address
    shown = site.get("/c/ie/updates/2/").text
    assert "限定公開" in shown
    assert "支援者" in shown


@on_sqlite
def test_a_report_of_tomorrow_does_not_exist_yet(site, full):
    assert full
    assert site.get("/c/ie/updates/3/").status_code == 404
    for address in ADDRESSES:
        assert "明日の報告" not in site.get(address).text, address


def test_a_name_that_was_asked_to_stay_unsaid_never_appears(site, make, full):
    make.paid(
        full, display_name="匿名希望さん", anonymous=True, comment="匿名の声", name="本名 一郎", email="a@example.jp"
    )
    make.paid(full, display_name="公開さん", comment="公開の声", name="本名 二郎")
    make.paid(full, display_name="", comment="無名の声", name="本名 三郎")
    seen = "".join(site.get(address).text for address in ADDRESSES)
    for said in ("公開さん", "公開の声", "匿名の声", "無名の声"):
        assert said in seen
    for unsaid in ("匿名希望さん", "本名", "@example.jp"):
        assert unsaid not in seen


@on_sqlite
def test_what_backers_write_is_text(site, make, full):
    make.paid(full, display_name="<b>名</b>", comment="<script>alert(1)</script>")
    for address in ("/c/ie/", "/c/ie/backers/"):
        page = site.get(address).text
        assert "<script>alert" not in page
        assert "<b>名" not in page


def test_backers_stand_in_pages_that_go_by_key(site, make, full):
    for number in range(51):
        make.paid(full, comment=f"声{number}。")
    first = site.get("/c/ie/backers/").text
    (older,) = re.findall(r'href="(/c/ie/backers/\?before=\d+)"', first)
    second = site.get(older).text
    shown = [set(re.findall(r"声\d+。", page)) for page in (first, second)]
    assert (len(shown[0]), len(shown[1])) == (50, 1)
    assert not shown[0] & shown[1]


def test_the_figures_as_json_have_the_documented_keys(site, make, full):
    make.paid(full)
    reply = site.get("/c/ie.json")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    said = json.loads(reply.text)
    assert set(said) == JSON_KEYS
    assert (said["slug"], said["status"], said["currency"], said["goal"]) == ("ie", "open", "JPY", 5_000_000)
    assert said["next_goals"] == [{"amount": 15_000_000, "title": "次へ", "reached": False}]
    assert said["url"] == "http://localhost/c/ie/"
    first, second = said["rewards"]
    assert set(first) == {"code", "title", "amount", "pledged", "stock", "remaining", "fulfilment"}
    assert (first["stock"], first["remaining"], first["fulfilment"]) == (5, 5, "2027-05")
    assert (second["stock"], second["remaining"]) == (None, None)
    assert [set(one) for one in said["updates"]] == [{"number", "title", "published_at", "url"}] * 2
    assert datetime.fromisoformat(said["ends_at"]).utcoffset() == timedelta(hours=9)


@on_sqlite
def test_a_control_character_in_a_report_does_not_break_the_feed(site, make):
    make.update(make.campaign(), title="報\x01告\ufffe", lead="始\x0bめ", body_html="<p>本\x02文</p>")
    feed = ET.fromstring(site.get("/c/ie/updates.atom").data)  # noqa: S314 - our own
    assert "報告" in [element.text for element in feed.iter()]


def test_the_feed_is_atom_and_holds_public_reports_alone(site, full):
    assert full
    reply = site.get("/c/ie/updates.atom")
    assert reply.mimetype == "application/atom+xml"
    feed = ET.fromstring(reply.data)  # noqa: S314 - our own
    assert feed.tag == f"{ATOM}feed"
    for name in ("title", "id", "updated"):
        assert len(feed.findall(f"{ATOM}{name}")) == 1
    assert [link.get("rel") for link in feed.findall(f"{ATOM}link")] == ["self", "alternate"]
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "報告1"
    assert entry.findtext(f"{ATOM}id") == "http://localhost/c/ie/updates/1/"
    assert entry.find(f"{ATOM}content").get("type") == "html"
    moments = [feed.findtext(f"{ATOM}updated"), *(entry.findtext(f"{ATOM}{name}") for name in ("updated", "published"))]
    for moment in moments:
        assert datetime.fromisoformat(moment).tzinfo is not None


@on_sqlite
def test_the_sitemap_lists_what_everybody_may_read(site, full):
    assert full
    xml = ET.fromstring(site.get("/sitemap.xml").data)  # noqa: S314 - our own
    found = {node.text for node in xml.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    assert {"http://localhost/", "http://localhost/c/ie/", "http://localhost/c/ie/updates/1/"} <= found
    assert not {"http://localhost/c/ie/updates/2/", "http://localhost/c/ie/updates/3/"} & found
    assert {site.get(address.removeprefix("http://localhost")).status_code for address in found} == {200}


@on_sqlite
def test_structured_data_is_json_and_cannot_end_its_element(site, make):
    make.campaign(title="</script><script>alert(1)</script>", summary="<!-- & -->")
    page = site.get("/c/ie/").text
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(data)["name"] == "</script><script>alert(1)</script>"
    assert "<script>alert" not in page


@on_sqlite
def test_english_pages_stay_in_english(site, full):
    assert full
    pages = [address for address in ADDRESSES if address.endswith("/")]
    for address in [*pages, "/c/ie/pledge?reward=A"]:
        page = site.get(f"/en{address}")
        assert page.status_code == 200, address
        assert '<html lang="en"' in page.text
        for tag in re.findall(r'<(?:a|form)\s[^>]*(?:href|action)="/[^>]*>', page.text):
            target = re.search(r'(?:href|action)="(/[^"]*)"', tag)[1]
            assert target.startswith(("/en/", "/static/", "/media/")) or "hreflang" in tag, (address, tag)


def test_what_does_not_exist_is_not_found_on_either_database(site, full):
    assert full
    huge = "9" * 25
    for address in (
        "/nowhere",
        "/c/nowhere/",
        "/c/nowhere.json",
        "/c/%00/",
        "/c/ie%00/",
        "/c/ie/updates/99/",
        f"/c/ie/updates/{huge}/",
        "/c/nowhere/updates.atom",
        "/media/nothing.webp",
        "/media/..%2f..%2fetc%2fpasswd",
        "/pledges/nothing/",
        "/pledges/%00/thanks",
        "/en/nowhere",
        "/xx/",
    ):
        reply = site.get(address)
        assert reply.status_code == 404, address
        assert "Traceback" not in reply.text
    for address in (
        f"/c/ie/updates/?page={huge}",
        "/c/ie/updates/?page=-1",
        f"/c/ie/backers/?before={huge}",
        "/c/ie/backers/?before=-1",
        "/c/ie/backers/?before=x",
    ):
        assert site.get(address).status_code in {200, 404}, address


@on_sqlite
def test_a_host_that_is_not_ours_is_refused(site, full):
    assert full
    for host in ("evil.example", "localhost.evil.example", "localhost@evil.example", ""):
        assert site.get("/", headers={"Host": host}).status_code == 400, host
    for host in ("localhost", "localhost:8000", "127.0.0.1:8000"):
        assert site.get("/", headers={"Host": host}).status_code == 200, host


@on_sqlite
def test_the_process_and_the_database_are_told_apart(site):
    assert (site.get("/healthz").status_code, site.get("/readyz").text) == (200, "ok\n")
    assert site.browser().post("/c/ie/").status_code in {400, 404, 405}
