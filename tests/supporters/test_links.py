"""Private links: mailed again to whoever lost them, replaced by staff, and never told to anybody else."""

import io
import logging
import re
from pathlib import Path

import pytest
import structlog
import time_machine
from sqlalchemy import select, update

from fundsite import clock, logs
from fundsite.audit import AuditEntry
from fundsite.logs import redacted
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Pledge
from fundsite.supporters.models import LinkRequest
from support.databases import on_sqlite
from support.parcels import Parcels
from support.site import hidden_fields
from support.staff import person, post, signed_in

LINK = re.compile(r"http://localhost(/pledges/[\w-]+/)")


def asked(site, email):
    browser = site.browser()
    fields = hidden_fields(browser.get("/supporters/").text)
    reply = browser.post("/supporters/", data={**fields, "email": email}, follow_redirects=True)
    assert reply.status_code == 200
    return reply.text


@pytest.fixture
def parcels(site, make):
    return Parcels(site, make)


def links_in(site, email):
    return [LINK.findall(mail.get_body(("plain",)).get_content()) for mail in site.letterbox.to(email)]


def test_a_lost_link_is_mailed_again_and_the_page_says_the_same_to_strangers(site, parcels):
    _pledge, room = parcels.supporter(email="hanako@example.jp")
    known = asked(site, "Hanako@example.jp")
    assert known == asked(site, "nobody@example.jp")
    site.work()
    assert links_in(site, "hanako@example.jp") == [[room]]
    assert site.letterbox.to("nobody@example.jp") == []
    kinds = site.rows(select(OutboxMail.kind, OutboxMail.status).order_by(OutboxMail.id))
    assert kinds == [("lost_link", "sent"), ("lost_link", "skipped")]


@on_sqlite
def test_a_mail_holds_the_links_of_its_own_address_only_and_goes_to_the_address_as_it_was_kept(site, parcels):
    _mine, first = parcels.supporter(email="hanako@example.jp")
    _same, second = parcels.supporter(email="hanako@example.jp")
    _other, third = parcels.supporter(email="HANAKO@example.jp")
    parcels.supporter(email="taro@example.jp")
    asked(site, "hanako@example.jp")
    site.work()
    sent = {mail["To"]: LINK.findall(mail.get_body(("plain",)).get_content()) for mail in site.letterbox.mails}
    assert sent == {"hanako@example.jp": [second, first], "HANAKO@example.jp": [third]}


@on_sqlite
def test_however_often_it_is_asked_one_mail_goes_out_in_ten_minutes_and_the_address_is_forgotten(site, parcels):
    parcels.supporter(email="hanako@example.jp")
    for _ in range(3):
        asked(site, "hanako@example.jp")
        asked(site, "nobody@example.jp")
    site.work()
    assert len(site.letterbox.mails) == 1
    with time_machine.travel(clock.now().timestamp() + 8 * 86400):
        asked(site, "taro@example.jp")
    assert site.rows(select(LinkRequest.email)) == [("taro@example.jp",)]
    assert site.rows(select(OutboxMail.recipient)) == [("taro@example.jp",)]


@on_sqlite
def test_after_another_secret_key_the_mailed_link_opens_the_room_again(site, parcels):
    pledge, room = parcels.supporter(email="hanako@example.jp")
    site.change(update(Pledge).where(Pledge.id == pledge.id).values(token_hash="made with another key"))
    assert site.get(room).status_code == 404
    asked(site, "hanako@example.jp")
    site.work()
    [[new]] = links_in(site, "hanako@example.jp")
    assert site.get(new).status_code == 200


@on_sqlite
def test_what_is_no_address_is_said(site):
    browser = site.browser()
    fields = hidden_fields(browser.get("/supporters/").text)
    assert browser.post("/supporters/", data={**fields, "email": "花子"}).status_code == 422


@on_sqlite
def test_an_equal_address_opens_nobody_elses_pledge(site, parcels):
    _mine, room = parcels.supporter(email="hanako@example.jp")
    other, _room = parcels.supporter(email="hanako@example.jp", name="別の 人")
    html = site.get(room).text
    assert other.reference not in html
    assert "別の 人" not in html


def test_staff_replace_a_link_once_and_the_old_one_opens_nothing(site, parcels):
    pledge, room = parcels.supporter(email="hanako@example.jp")
    browser = signed_in(site, person(site, "fulfilment"))
    page = f"/staff/personal-data/{pledge.reference}/"
    number = hidden_fields(browser.get(page).text)["link_number"]
    for _ in range(2):
        assert post(browser, page, f"{page}link", link_number=number).status_code == 303
    site.work()
    [[new]] = links_in(site, "hanako@example.jp")
    assert new != room
    assert site.get(new).status_code == 200
    reply = site.get(room)
    assert reply.status_code == 404
    assert 'href="/supporters/"' in reply.text
    assert len(site.rows(select(AuditEntry.id).where(AuditEntry.action == "link.replaced"))) == 1
    assert site.get(f"{room}updates/").status_code == 404


def test_every_link_in_the_code_says_how_often_it_was_replaced():
    """Only a pledge that is being made has never had another link."""
    new = {f"fundsite/{name}.py" for name in ("pledges/access", "pledges/service", "pledges/offline", "demo/records")}
    calls = re.compile(r"access\.(?:token_of|private_url)\((?:[^()]|\([^()]*\))*\)")
    wrong = [
        f"{path}: {call}"
        for path in Path("fundsite").rglob("*.py")
        if str(path) not in new
        for call in calls.findall(path.read_text(encoding="utf-8"))
        if "link_number" not in call
    ]
    assert wrong == []


@on_sqlite
def test_the_database_holds_no_token(site, parcels):
    pledge, room = parcels.supporter(email="hanako@example.jp")
    asked(site, "hanako@example.jp")
    site.work()
    token = room.split("/")[2]
    everything = [site.rows(select(table)) for table in (Pledge.__table__, OutboxMail.__table__, LinkRequest.__table__)]
    assert token not in str(everything)
    assert site.one(select(Pledge.token_hash).where(Pledge.id == pledge.id)) != token


@on_sqlite
def test_no_page_with_a_token_in_its_address_tells_it_to_the_next(site, parcels):
    _pledge, room = parcels.supporter()
    for page in ("", "delivery/", "personal-data/", "updates/", "thanks", "stop"):
        reply = site.get(room + page)
        assert reply.headers["Referrer-Policy"] == "strict-origin", page
        assert reply.headers["Cache-Control"] == "no-store", page
    assert site.get(f"/en{room}").headers["Referrer-Policy"] == "strict-origin"


TOKEN = "Ab3_-xyzAb3_-xyzAb3_-xyzAb3_-xyz"


@pytest.mark.parametrize(
    "line",
    [
        f"GET /pledges/{TOKEN}/thanks 500",
        f"/en/pledges/{TOKEN}/",
        f"https://x.example/pledges%2F{TOKEN}%2F",
        f"/followers/12-{TOKEN}/updates/1/",
        f"/mail/stop/12-{TOKEN}",
    ],
)
def test_a_line_of_the_log_loses_its_token(line):
    assert TOKEN not in redacted(line)
    assert "…" in redacted(line)


@on_sqlite
def test_what_the_site_logs_of_a_failing_room_holds_no_token(site, parcels, monkeypatch, capsys):
    _pledge, room = parcels.supporter()
    monkeypatch.setattr("fundsite.supporters.room.comment_state", lambda _number: 1 / 0)
    logs.configure("json")  # onto the stream that is looked at here
    assert site.get(room).status_code == 500
    structlog.get_logger().error("somewhere", address=f"http://localhost{room}")
    said = capsys.readouterr().err
    assert "somewhere" in said
    assert room.split("/")[2] not in said


def test_libraries_log_no_token_either():
    sink = io.StringIO()
    handler = logging.StreamHandler(sink)
    handler.setFormatter(logs._RedactingFormatter("%(message)s"))
    handler.handle(logging.makeLogRecord({"msg": "cannot build /pledges/%s/", "args": (TOKEN,)}))
    assert TOKEN not in sink.getvalue()


@on_sqlite
def test_a_pledge_without_an_address_gets_no_new_link(site, parcels):
    pledge, room = parcels.supporter()
    site.change(update(Pledge).values(email=""))
    browser = signed_in(site, person(site, "owner"))
    page = f"/staff/personal-data/{pledge.reference}/"
    assert post(browser, page, f"{page}link", link_number="0").status_code == 303
    assert site.get(room).status_code == 200
