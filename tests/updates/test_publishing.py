"""Drafts, plans, publishing and withdrawing."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from updates.test_editing import write

from fundsite import clock
from fundsite.audit import AuditEntry
from fundsite.db import transaction
from fundsite.updates.editing import ReportRefused, begin
from fundsite.updates.models import Update
from fundsite.updates.publishing import publish, publish_due, schedule, withdraw
from fundsite.updates.revisions import Text
from support.site import hidden_fields


def due_since(report_id, minutes=1):
    """Let the time of a plan come."""
    with transaction() as session:
        at = clock.now() - timedelta(minutes=minutes)
        session.execute(update(Update).where(Update.id == report_id).values(published_at=at))


def test_a_published_report_keeps_its_number_and_the_figures_of_its_day(site, draft, hanako, row):
    with site.inside():
        publish(draft, 1, hanako.id)
        publish(draft, 1, hanako.id)
    found = row(draft)
    assert (found.number, found.raised_then, found.backers_then) == (1, 120_000, 34)
    page = site.browser().get("/c/ie/updates/1/").text
    assert "この報告の公開時: 支援総額 120,000円（2%）・支援者 34人" in page


def test_numbers_are_given_at_publishing_so_that_readers_count_without_gaps(site, campaign, hanako, row):
    with site.inside():
        first, second = (begin(campaign.id, "report", Text(f"題{n}", "本文"), "", hanako.id) for n in (1, 2))
        publish(second, 1, hanako.id)
        publish(first, 1, hanako.id)
    assert (row(second).number, row(first).number) == (1, 2)


def test_a_planned_report_is_seen_by_nobody_until_the_worker_publishes_it_once(site, draft, hanako, row):
    with site.inside():
        schedule(draft, 1, clock.now() + timedelta(hours=1), hanako.id)
    site.work()
    assert row(draft).status == "scheduled"
    with site.inside():
        due_since(draft)
    assert site.browser().get("/c/ie/updates/1/").status_code == 404
    site.work()
    site.work()
    assert row(draft).status == "published"
    assert site.browser().get("/c/ie/updates/1/").status_code == 200
    published = select(AuditEntry).where(AuditEntry.action == "report.published")
    assert len(site.rows(published)) == 1
    with site.inside():
        assert publish_due() == 0


def test_a_plan_whose_text_was_emptied_goes_back_to_the_drafts(site, draft, hanako, row):
    with site.inside():
        schedule(draft, 1, clock.now() + timedelta(hours=1), hanako.id)
        write(draft, "", 1, hanako.writer())
        due_since(draft)
    site.work()
    assert row(draft).status == "draft"


def test_what_changed_since_it_was_looked_at_is_not_published(site, draft, hanako, taro):
    with site.inside():
        write(draft, "太郎の直し", 1, taro.writer("b"))
        with pytest.raises(ReportRefused, match="changed"):
            publish(draft, 1, hanako.id)


@pytest.mark.parametrize(("title", "body"), [("", "本文"), ("題", "")])
def test_an_empty_report_is_not_published(site, campaign, hanako, title, body):
    with site.inside():
        report = begin(campaign.id, "report", Text(title, body), "", hanako.id)
        with pytest.raises(ReportRefused, match="empty"):
            publish(report, 1, hanako.id)


def test_a_withdrawn_report_is_gone_and_comes_back_under_its_number(site, campaign, draft, hanako, row):
    with site.inside():
        publish(draft, 1, hanako.id)
        withdraw(draft, hanako.id)
        other = begin(campaign.id, "report", Text("二つめ", "本文"), "", hanako.id)
        publish(other, 1, hanako.id)
    assert site.browser().get("/c/ie/updates/1/").status_code == 404
    assert row(other).number == 2
    assert "前の報告" not in site.browser().get("/c/ie/updates/2/").text
    with site.inside():
        publish(draft, 1, hanako.id)
    assert row(draft).number == 1
    assert "前の報告" in site.browser().get("/c/ie/updates/2/").text


def test_the_pages_lead_from_draft_to_plan_to_draft(draft, hanako, row):
    reply = hanako.send(draft, hanako.form(draft), title="題", body="本文", action="publish")
    page = hanako.browser.get(reply.location).text
    tomorrow = {"day": "2099-01-02", "time": "09:30", "when": "later", "notify": "no"}
    reply = hanako.browser.post(reply.location, data={**hidden_fields(page), **tomorrow})
    assert reply.status_code == 303, reply.text
    assert row(draft).published_at.isoformat() == "2099-01-02T00:30:00+00:00"
    assert "2099年1月2日 09:30に公開します" in hanako.browser.get(reply.location).text
    reply = hanako.send(draft, hanako.form(draft), "withdraw")
    assert (row(draft).status, row(draft).published_at) == ("draft", None)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": "2001-01-01", "time": "09:00"}, "過ぎた日時は指定できません"),
        ({"day": "", "time": "09:00"}, "公開する日と時刻を選んでください"),
        ({"day": "x", "time": "y"}, "公開する日と時刻を選んでください"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_a_sentence(draft, hanako, typed, said):
    page = hanako.browser.get(f"/staff/reports/{draft}/publish").text
    fields = hidden_fields(page)
    reply = hanako.browser.post(
        f"/staff/reports/{draft}/publish", data={**fields, **typed, "when": "later", "notify": "no"}
    )
    assert reply.status_code == 422
    assert said in reply.text


@pytest.mark.usefixtures("draft")
def test_drafts_stand_on_no_public_page(site):
    browser = site.browser()
    for page in ("/", "/c/ie/", "/c/ie/updates/", "/c/ie/updates.atom", "/c/ie.json", "/sitemap.xml"):
        reply = browser.get(page)
        assert reply.status_code == 200
        assert "はじめの題" not in reply.text


def test_an_event_of_a_published_report_is_a_calendar_file(site, campaign, hanako):
    body = "【イベント】食堂, 夏の会\n日時: 2026年12月20日 13:00〜15:00\n場所: 見本町; 集会所\n内容: " + "長い話" * 30
    with site.inside():
        report = begin(campaign.id, "report", Text("題", body), "", hanako.id)
        assert site.browser().get("/c/ie/updates/1/events/1.ics").status_code == 404
        publish(report, 1, hanako.id)
    reply = site.browser().get("/c/ie/updates/1/events/1.ics")
    assert reply.mimetype == "text/calendar"
    assert "DTSTART:20261220T040000Z\r\nDTEND:20261220T060000Z" in reply.text
    assert "SUMMARY:食堂\\, 夏の会" in reply.text
    assert "LOCATION:見本町\\; 集会所" in reply.text
    assert all(len(line.encode()) <= 75 for line in reply.text.split("\r\n"))
    assert site.browser().get("/c/ie/updates/1/events/2.ics").status_code == 404
