"""The outbox: nothing lost, nothing twice, one connection for many."""

from datetime import timedelta
from email.header import decode_header, make_header

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from fundsite import clock, holder, mail
from fundsite.db import transaction
from fundsite.mail import REFUSALS_UNTIL_FAILED, Letter, OutboxMail, announce, deliver_due, undelivered
from fundsite.mail.journal import Journal
from fundsite.site import Site
from support.databases import on_sqlite
from support.factories import ADDRESS, pledged
from support.site import session_id_of


@pytest.fixture
def outbox(site):
    """A site whose mails are plain test letters."""
    site.app.extensions["fundsite.writers"] = {
        "note": lambda about: Letter(
            f"件名{about}", "本文\n", "<p>本文</p>", "認定NPO法人ゆうげの間", "info@yuuge.example.org"
        )
    }
    return site


def put(site, *about, recipient="hanako@example.jp"):
    with site.inside(), transaction() as session:
        for number in about:
            announce(session, "note", number, recipient, "ja")


def deliver(site):
    with site.inside():
        return deliver_due()


def rows(site):
    with site.inside():
        return list(mail.db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def test_what_is_announced_is_sent_once(outbox):
    put(outbox, 1)
    assert deliver(outbox) == 1
    assert deliver(outbox) == 0
    assert len(outbox.letterbox.mails) == 1
    (row,) = rows(outbox)
    assert (row.status, row.lease_holder, row.lease_until) == ("sent", None, None)
    assert row.sent_at is not None


def test_the_same_announced_twice_is_an_error_where_it_is_announced(outbox):
    put(outbox, 1)
    with pytest.raises(IntegrityError):
        put(outbox, 1)
    put(outbox, 1, recipient="taro@example.jp")
    assert len(rows(outbox)) == 2


def test_what_was_rolled_back_is_never_sent(outbox):
    with outbox.inside(), pytest.raises(RuntimeError), transaction() as session:
        announce(session, "note", 1, "hanako@example.jp", "ja")
        session.flush()
        raise RuntimeError
    assert deliver(outbox) == 0


def test_many_mails_leave_over_one_connection(outbox):
    put(outbox, *range(20))
    assert deliver(outbox) == 20
    assert len(outbox.letterbox.mails) == 20
    assert len(set(outbox.letterbox.peers)) == 1


@pytest.mark.parametrize("code", ["451", "550"])
def test_a_refused_mail_waits_and_the_others_leave_meanwhile(outbox, code):
    put(outbox, 1, recipient="refused@example.jp")
    put(outbox, 2, 3)
    if code == "550":
        outbox.letterbox.refused.add("refused@example.jp")
    else:
        outbox.letterbox.busy = 1
    assert deliver(outbox) == 3
    assert [row.status for row in rows(outbox)] == ["queued", "sent", "sent"]
    refused = rows(outbox)[0]
    assert (refused.refusals, refused.lease_holder) == (1, None)
    assert code in refused.last_error
    assert "example.jp" not in refused.last_error
    assert refused.due_at > clock.now()
    assert deliver(outbox) == 0, "not before its time"
    outbox.letterbox.refused.clear()
    with time_machine.travel(refused.due_at + timedelta(seconds=1), tick=False):
        assert deliver(outbox) == 1
    assert [row.status for row in rows(outbox)] == ["sent"] * 3
    assert [one["Message-ID"] for one in outbox.letterbox.to("refused@example.jp")] == [refused.message_id]


def test_a_mail_that_is_always_refused_stands_as_failed_and_is_not_lost(outbox):
    put(outbox, 1)
    outbox.letterbox.refused.add("hanako@example.jp")
    waits, now = [], clock.now()
    for _ in range(REFUSALS_UNTIL_FAILED):
        with time_machine.travel(now, tick=False):
            assert deliver(outbox) == 1
        (row,) = rows(outbox)
        waits.append((row.due_at - now).total_seconds())
        now = row.due_at + timedelta(seconds=1)
    assert row.status == "failed"
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (5, 3600)
    with time_machine.travel(now + timedelta(days=9), tick=False):
        assert deliver(outbox) == 0
    with outbox.inside():
        assert undelivered() == 1


def test_a_server_that_is_down_is_waited_for_and_held_against_no_mail(outbox):
    put(outbox, 1, 2)
    outbox.letterbox.stop()
    now = clock.now()
    for _ in range(REFUSALS_UNTIL_FAILED + 3):
        with time_machine.travel(now, tick=False):
            assert deliver(outbox) == 2
        waiting = rows(outbox)
        assert {(row.status, row.refusals, row.lease_holder) for row in waiting} == {("queued", 0, None)}
        now = max(row.due_at for row in waiting) + timedelta(seconds=1)
    outbox.letterbox.start()
    with time_machine.travel(now, tick=False):
        assert deliver(outbox) == 2
    assert [row.status for row in rows(outbox)] == ["sent", "sent"]
    assert len(outbox.letterbox.mails) == 2


@on_sqlite
def test_a_mail_that_cannot_be_written_does_not_keep_the_others(outbox):
    def broken(_about):
        raise KeyError("a field that is gone")

    outbox.app.extensions["fundsite.writers"]["broken"] = broken
    with outbox.inside(), transaction() as session:
        announce(session, "broken", 1, "hanako@example.jp", "ja")
        announce(session, "note", 1, "hanako@example.jp", "ja")
    assert deliver(outbox) == 2
    assert [row.status for row in rows(outbox)] == ["queued", "sent"]


def held_by(site, name, until):
    site.change(update(OutboxMail).values(lease_holder=name, lease_until=until))


def test_what_a_dead_worker_had_taken_is_taken_over_at_once(outbox):
    put(outbox, 1)
    held_by(outbox, f"{holder.me().split('/')[0]}/{2**22 + 1}/1", clock.now() + timedelta(minutes=14))
    assert deliver(outbox) == 1
    assert len(outbox.letterbox.mails) == 1


def test_what_a_living_worker_elsewhere_has_taken_is_left_until_its_lease_ends(outbox):
    put(outbox, 1)
    until = clock.now() + timedelta(minutes=14)
    held_by(outbox, "another-machine/1/1", until)
    assert deliver(outbox) == 0
    with time_machine.travel(until + timedelta(seconds=1), tick=False):
        assert deliver(outbox) == 1


def test_a_second_copy_bears_the_same_message_id(outbox, monkeypatch):
    """Dead between the server's acceptance and our first note of it: the one window in which a copy can leave."""
    put(outbox, 1)

    def dies(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "accepted", dies)
        with pytest.raises(KeyboardInterrupt):
            deliver(outbox)
    assert deliver(outbox) == 1
    first, second = outbox.letterbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@localhost>")


@on_sqlite
@pytest.mark.parametrize("sign", ["寺", "a", "é"])
def test_a_paragraph_longer_than_a_line_of_smtp_arrives_whole(outbox, sign):
    words = sign * 2_000
    letter = Letter("件名", f"前\n{words}\n", f"<p>{words}</p>", "会", "")
    outbox.app.extensions["fundsite.writers"] = {"note": lambda _about: letter}
    put(outbox, 1)
    deliver(outbox)
    [arrived] = outbox.letterbox.mails
    assert arrived.get_body(("plain",)).get_content() == letter.text
    assert words in arrived.get_body(("html",)).get_content()


@on_sqlite
def test_the_headers_say_who_writes_and_that_no_person_typed_it(outbox):
    put(outbox, 1)
    deliver(outbox)
    (sent,) = outbox.letterbox.mails
    (sender,) = sent["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("認定NPO法人ゆうげの間", "noreply@fund.example")
    assert sent["Reply-To"] == "info@yuuge.example.org"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Content-Language"] == "ja"
    assert sent["Subject"] == "件名1"
    assert sent["To"] == "hanako@example.jp"
    assert [part.get_content_type() for part in sent.walk() if not part.is_multipart()] == ["text/plain", "text/html"]


def thanked(site, browser, **kwargs):
    site.pay(session_id_of(pledged(browser, **kwargs)))
    site.work()
    (sent,) = site.letterbox.mails
    return sent


@on_sqlite
def test_the_thank_you_says_what_was_pledged_what_comes_when_and_whom_to_ask(site, make):
    with site.inside(), transaction() as session:
        session.add(
            Site(name="認定NPO法人ゆうげの間", contact={"email": "info@yuuge.example.org", "phone": "03-0000-0000"})
        )
    campaign = make.campaign(
        thanks="**ほんとうに**ありがとう。", thanks_html="<p><strong>ほんとうに</strong>ありがとう。</p>"
    )
    make.reward(campaign, shipping="japan", amount=3_000, title="お礼状")
    sent = thanked(site, site.browser(), **ADDRESS, quantity="2", extra="500")
    assert str(make_header(decode_header(str(sent["Subject"])))).startswith(
        "支援を受け付けました: 夕ごはんと灯りのある家を"
    )
    assert sent["Reply-To"] == "info@yuuge.example.org"
    reference, session_id = site.one(
        select(mail.db.metadata.tables["pledge"].c.reference, mail.db.metadata.tables["pledge"].c.checkout_session_id)
    )
    room = site.session(session_id)["cancel_url"].removesuffix("left")
    plain, html = (sent.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for body in (plain, html):
        for said in (
            "髙橋 花子 様",
            reference,
            "A: お礼状",
            "6,500円",
            "2027年5月",
            "東京都見本区見本町1-2-3",
            room,
            "info@yuuge.example.org",
            "03-0000-0000",
            "ありがとう。",
        ):
            assert said in body, said
    assert "<strong" in html
    assert "<strong" not in plain


@on_sqlite
def test_a_name_that_is_html_is_only_a_name_in_the_mail(site, make):
    make.reward(make.campaign(title="<b>題</b> & 題"))
    sent = thanked(site, site.browser(), name="<script>x</script>")
    html = sent.get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "<b>題" not in html
    assert "<script>x</script> 様" in sent.get_body(("plain",)).get_content()
    assert "<b>題</b> & 題" in sent["Subject"]


@on_sqlite
def test_whoever_pledged_in_english_is_thanked_on_english_pages(site, make):
    make.reward(make.campaign())
    sent = thanked(site, site.browser(), prefix="/en")
    assert sent["Content-Language"] == "en"
    assert "http://localhost/en/pledges/" in sent.get_body(("plain",)).get_content()
    assert "¥3,000" in sent.get_body(("plain",)).get_content()
