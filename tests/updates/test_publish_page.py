"""The page before publishing: who may read, how many get the mail, a test to oneself, then one button."""

import re

import pytest
from sqlalchemy import func, select
from updates.test_editing import write
from updates.test_publishing import due_since

from fundsite.audit import AuditEntry
from fundsite.db import transaction
from fundsite.mail import OutboxMail, deliver_due
from fundsite.mail.suppression import BOUNCED, EVERYTHING, STOPPED, suppress
from fundsite.updates import notify
from fundsite.updates.audience import topic_of
from fundsite.updates.editing import begin
from fundsite.updates.following import Notification
from fundsite.updates.models import Update
from fundsite.updates.publishing import Decided, publish, publish_due, withdraw
from fundsite.updates.revisions import Text
from support.databases import on_sqlite
from support.races import at_once
from support.reports import recipients
from support.site import hidden_fields

TOLD = Decided("everyone", notify=True)


@pytest.fixture
def backers(make, campaign):
    return [make.paid(campaign, email=f"b{number}@example.jp") for number in (1, 2, 3)]


@pytest.fixture
def of_f(site, make, campaign, hanako):
    """A draft for the backers of F; there are two of them."""
    rewards = {code: make.reward(campaign, code) for code in "AF"}
    make.paid(campaign, rewards["A"], email="a@example.jp")
    for number in (1, 2):
        make.paid(campaign, rewards["F"], email=f"f{number}@example.jp")
    with site.inside():
        draft = begin(campaign.id, "report", Text("学習会の録画", "本文です。"), "花子", hanako.id)
        with transaction() as session:
            session.get_one(Update, draft).audience = "F"
    return draft


def press(desk, draft, **chosen):
    """Choose on the page as it stands now and press its button."""
    address = f"/staff/reports/{draft}/publish"
    fields = hidden_fields(desk.browser.get(address).text)
    return desk.browser.post(address, data={**fields, "when": "now", "notify": "yes", **chosen})


def told(site, draft):
    """Return how many mails of a report's notification there are by status."""
    mine = (OutboxMail.kind == "update_notice", OutboxMail.about == draft)
    return dict(map(tuple, site.rows(select(OutboxMail.status, func.count()).where(*mine).group_by(OutboxMail.status))))


def test_the_page_says_who_reads_and_how_many_get_the_mail_and_why_others_do_not(site, of_f, campaign, hanako):
    page = hanako.browser.get(f"/staff/reports/{of_f}/publish").text
    assert "リターンFの支援者" in page
    assert "公開して、2人にメールを送る" in page
    assert "このほか" not in page
    with site.inside(), transaction() as session:
        suppress(session, "f1@example.jp", topic_of(campaign.id), STOPPED)
        suppress(session, "a@example.jp", EVERYTHING, BOUNCED)
    page = hanako.browser.get(f"/staff/reports/{of_f}/publish").text
    assert "公開して、1人にメールを送る" in page
    assert "このほか1人は、配信を停止しています。" in page
    assert "届きません。" not in page, "who is not meant is not counted as left out"


@on_sqlite
def test_a_draft_is_tested_on_oneself_and_on_nobody_else(site, of_f, hanako, row):
    page = hanako.browser.get(f"/staff/reports/{of_f}/publish").text
    reply = hanako.browser.post(f"/staff/reports/{of_f}/test", data=hidden_fields(page))
    assert "テストメールを hanako@example.jp に送りました" in hanako.browser.get(reply.location).text
    site.work()
    [mail] = site.letterbox.mails
    assert mail["To"] == "hanako@example.jp"
    text = mail.get_body(("plain",)).get_content()
    assert "本文です。" in text
    assert f"http://localhost/staff/reports/{of_f}/publish" in text
    assert row(of_f).status == "draft"


def test_one_button_publishes_and_tells_exactly_those_who_were_counted(site, of_f, hanako, row):
    reply = press(hanako, of_f)
    assert reply.location == f"/staff/updates/{of_f}/notification?published=1"
    assert press(hanako, of_f).status_code == 303, "pressed twice"
    site.work()
    assert row(of_f).status == "published"
    assert recipients(site) == ["f1@example.jp", "f2@example.jp"]


@on_sqlite
def test_a_report_can_be_published_without_a_mail(site, draft, backers, hanako, row):
    assert press(hanako, draft, notify="no").location == "/staff/reports/?campaign=ie"
    site.work()
    assert (row(draft).status, row(draft).notify) == ("published", False)
    assert site.letterbox.mails == []


def test_a_planned_mail_goes_out_when_the_worker_publishes(site, draft, backers, hanako):
    press(hanako, draft, when="later", day="2099-01-02", time="09:30")
    site.work()
    assert told(site, draft) == {}
    with site.inside():
        due_since(draft)
    site.work()
    site.work()
    assert recipients(site) == ["b1@example.jp", "b2@example.jp", "b3@example.jp"]


@on_sqlite
def test_readers_whom_a_colleague_chose_meanwhile_are_not_published_to_unseen(site, of_f, hanako, row):
    fields = hidden_fields(hanako.browser.get(f"/staff/reports/{of_f}/publish").text)
    site.change(Update.__table__.update().where(Update.id == of_f).values(audience="everyone"))
    reply = hanako.browser.post(f"/staff/reports/{of_f}/publish", data={**fields, "when": "now", "notify": "yes"})
    assert reply.status_code == 409
    assert "届け先を直しました" in reply.text
    assert "公開して、3人にメールを送る" in reply.text
    assert row(of_f).status == "draft"
    assert told(site, of_f) == {}


def test_pressed_by_many_at_once_it_is_published_once_and_each_reader_told_once(site, draft, backers, hanako):
    at_once(site, 4, lambda _number: publish(draft, 1, hanako.id, TOLD), RuntimeError)
    site.work()
    assert recipients(site) == ["b1@example.jp", "b2@example.jp", "b3@example.jp"]
    assert len(site.rows(select(AuditEntry).where(AuditEntry.action == "report.published"))) == 1


def test_pressed_while_the_worker_publishes_the_plan_it_is_sent_once(site, draft, backers, hanako):
    press(hanako, draft, when="later", day="2099-01-02", time="09:30")
    with site.inside():
        due_since(draft)
    at_once(site, 4, lambda n: publish_due() if n % 2 else publish(draft, 1, hanako.id, TOLD), RuntimeError)
    site.work()
    assert recipients(site) == ["b1@example.jp", "b2@example.jp", "b3@example.jp"]


def test_a_report_whose_mails_cannot_be_written_down_is_not_published(site, draft, backers, hanako, row, monkeypatch):
    def dies(*_):
        raise RuntimeError

    monkeypatch.setattr(notify, "_announce", dies)
    with site.inside(), pytest.raises(RuntimeError):
        publish(draft, 1, hanako.id, TOLD)
    assert (row(draft).status, row(draft).number) == ("draft", None)
    assert site.rows(select(Notification)) == []


def test_a_withdrawn_report_is_sent_to_nobody_more_and_comes_back_to_those_who_had_no_mail(
    site, make, campaign, draft, backers, hanako
):
    class WithdrawnAfterOne(list):
        def append(self, mail):
            super().append(mail)
            with site.inside():
                withdraw(draft, hanako.id)

    with site.inside():
        publish(draft, 1, hanako.id, TOLD)
    site.letterbox.mails = WithdrawnAfterOne()
    with site.inside():
        deliver_due()
    first = recipients(site)
    assert (len(first), told(site, draft)) == (1, {"held": 2, "sent": 1})
    site.letterbox.mails = []
    site.work()
    assert site.letterbox.mails == []
    assert notification_resumed(hanako, draft).status_code == 404
    site.work()
    assert site.letterbox.mails == []
    make.paid(campaign, email="new@example.jp")
    page = hanako.browser.get(f"/staff/reports/{draft}/publish").text
    assert "公開して、3人にメールを送る" in page
    assert "このほか1人には、すでにお送りしました" in page
    press(hanako, draft)
    site.work()
    wanted = {"b1@example.jp", "b2@example.jp", "b3@example.jp", "new@example.jp"}
    assert sorted([*first, *recipients(site)]) == sorted(wanted)


def notification_resumed(desk, draft):
    page = desk.browser.get(f"/staff/reports/{draft}/edit").text
    token = {"csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]}
    return desk.browser.post(f"/staff/updates/{draft}/notification/resume", data=token)


@on_sqlite
def test_the_mail_shown_beside_the_text_is_the_mail_that_is_sent(site, draft, make, campaign, hanako):
    pledge = make.paid(campaign, email="b1@example.jp")
    typed = {"title": "題 <b>", "body": "## はじめに\n\n本文 & 続き。", "author": "広報 山本"}
    told_ = hanako.send(draft, hanako.form(draft), "preview", **typed).get_json()
    reply = hanako.send(draft, hanako.form(draft), **typed, action="publish")
    assert reply.status_code == 303
    frame = hanako.browser.get(f"/staff/reports/{draft}/mail")
    assert frame.text == told_["mail_html"]
    assert "style-src 'unsafe-inline'" in frame.headers["Content-Security-Policy"]
    assert "script-src 'none'" in frame.headers["Content-Security-Policy"]
    press(hanako, draft)
    site.work()
    [mail] = site.letterbox.to(pledge.email)
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert without_addresses(plain) == without_addresses(told_["mail_text"])
    assert without_addresses(html) == without_addresses(told_["mail_html"])
    assert str(mail["Subject"]) in told_["mail_head"].replace("&lt;", "<").replace("&gt;", ">")


def without_addresses(said):
    return re.sub(r"http://localhost/[^\s\"<]*", "…", said).replace("\r\n", "\n").strip()


@on_sqlite
def test_what_is_written_after_the_look_is_not_published(site, draft, backers, hanako, taro):
    fields = hidden_fields(hanako.browser.get(f"/staff/reports/{draft}/publish").text)
    with site.inside():
        write(draft, "太郎の直し", 1, taro.writer("b"))
    reply = hanako.browser.post(f"/staff/reports/{draft}/publish", data={**fields, "when": "now", "notify": "yes"})
    assert reply.status_code == 409
    assert told(site, draft) == {}
