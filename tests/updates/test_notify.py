"""Notifications: once to each, stopped with one click, held back and resumed, never sent to the dead."""

import re

import pytest
from sqlalchemy import select

from fundsite.audit import AuditEntry
from fundsite.db import transaction
from fundsite.mail import OutboxMail, deliver_due
from fundsite.mail.suppression import Suppression
from fundsite.updates import notify
from fundsite.updates.following import Notification
from fundsite.updates.models import Update
from support.databases import on_sqlite
from support.reports import editor_of, recipients, start, token_for


@pytest.fixture
def campaign(make):
    return make.campaign()


def backers(make, campaign, count, **values):
    return [make.paid(campaign, email=f"b{number}@example.jp", **values) for number in range(1, count + 1)]


def statuses(site):
    return sorted(row[0] for row in site.rows(select(OutboxMail.status)))


def links(mail, kind):
    return re.findall(rf"http://localhost(/{kind}/\S+)", mail.get_body(("plain",)).get_content())


def test_started_twice_it_is_sent_once(site, make, campaign):
    backers(make, campaign, 3)
    update = make.update(campaign)
    assert (start(site, update), start(site, update)) == (3, 3)
    site.work()
    assert start(site, update) == 3
    site.work()
    assert recipients(site) == ["b1@example.jp", "b2@example.jp", "b3@example.jp"]


def test_one_who_pledged_twice_and_follows_too_gets_one_mail(site, make, campaign):
    make.paid(campaign, email="Hanako@example.jp")
    make.paid(campaign, email="hanako@example.jp")
    assert start(site, make.update(campaign)) == 1


def test_what_is_rolled_back_is_told_to_nobody(site, make, campaign):
    backers(make, campaign, 2)
    update = make.update(campaign)
    with site.inside(), pytest.raises(RuntimeError), transaction() as session:
        notify.start(session, session.get_one(Update, update.id))
        raise RuntimeError
    site.work()
    assert site.letterbox.mails == []
    assert site.rows(select(Notification)) == []


@on_sqlite
def test_the_mail_says_what_who_why_and_how_to_stop_it(site, make, campaign):
    backers(make, campaign, 1)
    start(site, make.update(campaign, title="報告 <b>", lead="はじまり & 続き", author="広報 山本"))
    site.work()
    [mail] = site.letterbox.mails
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    [stop] = links(mail, "mail")
    for said in ("広報 山本", "http://localhost/c/ie/updates/1/", stop, "その後のご報告としてお送りしています"):
        assert said in plain, said
        assert said in html, said
    assert "はじまり & 続き" in plain
    assert ("報告 &lt;b&gt;" in html, "報告 <b>" in html) == (True, False)
    assert "blank-for" not in plain + html
    assert "<style" not in html or "style=" in html
    assert f"<http://localhost{stop}>" in mail["List-Unsubscribe"]
    assert "mailto:" in mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_of_a_mail_program_stops_the_mails_of_this_campaign_and_no_other(site, make, campaign):
    other = make.campaign("betsu")
    backers(make, campaign, 2)
    make.paid(other, email="b1@example.jp")
    start(site, make.update(campaign))
    site.work()
    [mail] = site.letterbox.to("b1@example.jp")
    [stop] = links(mail, "mail")
    assert site.get(stop).status_code == 200
    assert site.rows(select(Suppression)) == [], "opening the link stops nothing: programs open links, too"
    reply = site.browser().post(stop, data={"List-Unsubscribe": "One-Click"})
    assert reply.status_code == 200
    assert site.browser().post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    site.letterbox.mails.clear()
    assert start(site, make.update(campaign, 2)) == 1
    assert start(site, make.update(other, 1)) == 1
    site.work()
    assert recipients(site) == ["b1@example.jp", "b2@example.jp"]


@on_sqlite
def test_everything_can_be_stopped_and_thanks_are_still_sent(site, make, campaign):
    other = make.campaign("betsu")
    pledge = make.paid(campaign, email="b1@example.jp")
    make.paid(other, email="b1@example.jp")
    start(site, make.update(campaign))
    site.work()
    [stop] = links(site.letterbox.mails.pop(), "mail")
    site.browser().post(stop, data={"scope": "everything"})
    assert start(site, make.update(other)) == 0
    with site.inside(), transaction() as session:
        session.add(_thanks(pledge))
    site.work()
    assert recipients(site) == ["b1@example.jp"]


def _thanks(pledge):
    return OutboxMail(
        kind="pledge_thanks",
        about=pledge.id,
        recipient=pledge.email,
        locale="ja",
        message_id="<x@localhost>",
        created_at=pledge.created_at,
        due_at=pledge.created_at,
    )


def test_who_stops_after_the_start_gets_no_more_of_it(site, make, campaign):
    backers(make, campaign, 1)
    start(site, make.update(campaign, 1))
    site.work()
    [stop] = links(site.letterbox.mails.pop(), "mail")
    start(site, make.update(campaign, 2))
    site.browser().post(stop)
    site.work()
    assert site.letterbox.mails == []
    assert statuses(site) == ["sent", "skipped"]


def test_an_address_that_does_not_exist_gets_no_second_notification(site, make, campaign):
    backers(make, campaign, 2)
    site.letterbox.refused.add("b1@example.jp")
    start(site, make.update(campaign))
    site.work()
    [row] = site.rows(select(OutboxMail.status, OutboxMail.last_error).where(OutboxMail.recipient == "b1@example.jp"))
    assert row == ("failed", "SMTPRecipientsRefused [550]")
    assert site.rows(select(Suppression.email, Suppression.reason)) == [("b1@example.jp", "bounced")]
    assert start(site, make.update(campaign, 2)) == 1


def test_what_is_stopped_stays_and_what_is_resumed_goes_on(site, make, campaign):
    backers(make, campaign, 3)
    update = make.update(campaign)
    start(site, update)
    editor = editor_of(site)
    page = editor.get(f"/staff/updates/{update.id}/notification")
    assert "送信しています" in page.text
    press(editor, page, update, "stop")
    site.work()
    assert site.letterbox.mails == []
    page = editor.get(f"/staff/updates/{update.id}/notification")
    assert "送信を止めています" in page.text
    press(editor, page, update, "resume")
    site.work()
    assert len(site.letterbox.mails) == 3
    assert "送信が終わりました" in editor.get(f"/staff/updates/{update.id}/notification").text
    acts = [
        row[0]
        for row in site.rows(
            select(AuditEntry.action).where(AuditEntry.object_type == "update").order_by(AuditEntry.id)
        )
    ]
    assert acts == ["notification.stop", "notification.resume"]


def press(editor, page, update, act):
    fields = {"csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]}
    reply = editor.post(f"/staff/updates/{update.id}/notification/{act}", data=fields)
    assert reply.status_code == 303, reply.text


def test_stopping_reaches_the_mails_that_a_worker_has_taken_already(site, make, campaign):
    backers(make, campaign, 3)
    update = make.update(campaign)
    start(site, update)

    class StopsAfterOne(list):
        def append(self, mail):
            super().append(mail)
            with site.inside():
                notify.stop(update.id, None)

    site.letterbox.mails = StopsAfterOne()
    with site.inside():
        deliver_due()
    assert len(site.letterbox.mails) == 1
    assert statuses(site) == ["held", "held", "sent"]
    with site.inside():
        notify.resume(update.id, None)
    site.letterbox.mails = list(site.letterbox.mails)
    site.work()
    assert recipients(site) == ["b1@example.jp", "b2@example.jp", "b3@example.jp"]


@on_sqlite
def test_staff_see_the_number_first_test_it_on_themselves_and_then_start(site, make, campaign):
    backers(make, campaign, 3)
    update = make.update(campaign, audience="backers", title="録画")
    editor = editor_of(site)
    page = editor.get(f"/staff/updates/{update.id}/notification")
    assert "3人にお知らせを送る" in page.text
    for _ in range(2):
        press(editor, page, update, "test")
        site.work()
    assert recipients(site) == ["editor@staff.example"] * 2
    assert "【テスト】" in str(site.letterbox.mails[0]["Subject"])
    site.letterbox.mails.clear()
    press(editor, page, update, "start")
    press(editor, page, update, "start")
    site.work()
    assert len(site.letterbox.mails) == 3
    assert "録画" in editor.get("/staff/notifications/").text


@on_sqlite
@pytest.mark.parametrize(("role", "code"), [("owner", 200), ("editor", 200), ("fulfilment", 403), ("accountant", 403)])
def test_only_who_edits_reports_sends_their_notifications(site, make, campaign, role, code):
    update = make.update(campaign)
    assert editor_of(site, role).get(f"/staff/updates/{update.id}/notification").status_code == code


def test_one_whose_pledge_was_given_back_since_is_skipped(site, make, campaign):
    pledges = backers(make, campaign, 2)
    start(site, make.update(campaign, audience="backers"))
    site.change(
        pledges[0]
        .__table__.update()
        .where(pledges[0].__table__.c.id == pledges[0].id)
        .values(status="refunded", counted=False)
    )
    token_for(site, pledges[1])
    site.work()
    assert recipients(site) == ["b2@example.jp"]
    assert statuses(site) == ["sent", "skipped"]


def test_a_thank_you_does_not_wait_behind_a_notification_to_many(site, make, campaign):
    pledge = backers(make, campaign, 5)[2]
    start(site, make.update(campaign))
    with site.inside(), transaction() as session:
        session.add(_thanks(pledge))
    site.work()
    assert site.letterbox.mails[0]["Message-ID"] == "<x@localhost>"
    assert len(site.letterbox.mails) == 6
