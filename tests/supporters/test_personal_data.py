"""Personal data: asked for by its owner, shown and erased by staff, and kept no longer than the site says."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Text, select, update

from fundsite import clock
from fundsite.audit import AuditEntry
from fundsite.db import Base
from fundsite.fulfilment.models import BatchItem
from fundsite.mail import OutboxMail
from fundsite.pledges.models import CommentState, Payment, Pledge
from fundsite.supporters.erasing import HOME, PERSON
from fundsite.supporters.everything import referring
from fundsite.supporters.models import DataRequest
from fundsite.supporters.retention import before, erase_old_addresses
from fundsite.updates.following import Follower
from support.databases import on_sqlite
from support.parcels import Parcels
from support.reports import token_for
from support.site import hidden_fields
from support.staff import person, post, signed_in

STAFF = "/staff/personal-data/"


@pytest.fixture
def parcels(site, make):
    return Parcels(site, make)


@pytest.fixture
def owner(site):
    return signed_in(site, person(site, "owner"))


def ask(site, room, kind, message=""):
    browser = site.browser()
    fields = hidden_fields(browser.get(f"{room}personal-data/").text)
    return browser.post(f"{room}personal-data/", data={**fields, "kind": kind, "message": message})


def keep_months(site, months):
    extensions = site.app.extensions
    extensions["fundsite.settings"] = replace(extensions["fundsite.settings"], retention_months=months)


def acts(site):
    return [action for [action] in site.rows(select(AuditEntry.action).order_by(AuditEntry.id))]


class TestAsking:
    """開示・訂正・削除の請求."""

    def test_what_a_supporter_asks_waits_for_staff_once_until_it_is_done(self, site, parcels, owner):
        pledge, room = parcels.supporter()
        for message in ("番地が違います", "番地は4です"):
            assert ask(site, room, "correction", message).status_code == 303
        assert site.rows(select(DataRequest.kind, DataRequest.message)) == [("correction", "番地は4です")]
        assert "確認しています" in site.get(f"{room}personal-data/").text
        assert pledge.reference in owner.get(STAFF).text
        page = f"{STAFF}{pledge.reference}/"
        assert "番地は4です" in owner.get(page).text
        number = site.one(select(DataRequest.id))
        for _ in range(2):
            post(owner, page, f"{page}requests/{number}/done")
        assert pledge.reference not in owner.get(STAFF).text
        assert acts(site).count("data_request.done") == 1
        assert "対応済み" in site.get(f"{room}personal-data/").text
        ask(site, room, "correction", "もう一度")
        assert len(site.rows(select(DataRequest.id))) == 2

    @on_sqlite
    def test_it_stands_among_the_open_tasks_of_the_campaign(self, site, parcels, owner):
        _pledge, room = parcels.supporter()
        ask(site, room, "deletion")
        html = owner.get(f"/staff/campaigns/{parcels.campaign.slug}/dashboard/").text
        assert "個人情報の開示・訂正・削除の請求が1件あります。" in html

    @on_sqlite
    def test_nothing_chosen_is_said(self, site, parcels):
        _pledge, room = parcels.supporter()
        reply = ask(site, room, "")
        assert reply.status_code == 422
        assert "ご請求の内容を選んでください。" in reply.text


class TestShowing:
    """Everything under one pledge, as a page and as a file."""

    def test_everything_is_there_and_nobody_elses(self, site, parcels, owner):
        pledge, room = parcels.supporter(email="hanako@example.jp", comment="応援しています。", memo="電話あり")
        other, _room = parcels.supporter(name="別の 人", email="taro@example.jp")
        parcels.owe(pledge, "locked")
        parcels.owe(other, "locked")
        ask(site, room, "disclosure", "見たいです")
        found = json.loads(owner.get(f"{STAFF}{pledge.reference}/everything.json").text)
        assert found["pledge"][0]["name"] == "髙橋 花子"
        assert found["pledge"][0]["memo"] == "電話あり"
        assert found["batch_item"][0]["recipient"]["line1"] == "見本町1-2-3"
        assert found["data_request"][0]["message"] == "見たいです"
        assert {"pledge_event", "obligation"} <= set(found)
        said = json.dumps(found, ensure_ascii=False)
        assert "別の 人" not in said
        assert "taro@example.jp" not in said
        assert site.one(select(Pledge.token_hash).where(Pledge.id == pledge.id)) not in said
        html = owner.get(f"{STAFF}{pledge.reference}/everything").text
        assert "髙橋 花子" in html
        assert "taro@example.jp" not in html
        assert acts(site).count("personal_data.shown") == 2
        details = site.rows(select(AuditEntry.detail).where(AuditEntry.action == "personal_data.shown"))
        assert [detail for [detail] in details] == [{"way": "json"}, {"way": "page"}]

    @on_sqlite
    @pytest.mark.parametrize("role", ["editor", "accountant"])
    def test_others_of_staff_see_none_of_it(self, site, parcels, role):
        pledge, _room = parcels.supporter()
        browser = signed_in(site, person(site, role))
        for page in (
            "",
            f"{pledge.reference}/",
            f"{pledge.reference}/everything",
            f"{pledge.reference}/everything.json",
        ):
            assert browser.get(f"{STAFF}{page}").status_code == 403


class TestErasing:
    """What is personal goes; what the books and the law need stays."""

    def erase(self, browser, pledge, **typed):
        page = f"{STAFF}{pledge.reference}/erase"
        return post(browser, page, **({"sure": "y"} | typed))

    def test_everything_personal_goes_and_the_money_stays(self, site, parcels, owner, make):
        pledge, room = parcels.supporter(
            email="hanako@example.jp",
            comment="応援しています。",
            memo="メモ",
            answers=[{"question": "Q", "answer": "A"}],
        )
        owed = parcels.owe(pledge, "done")
        parcels.send(owed)
        ask(site, room, "deletion", "消してください")
        now = clock.now()
        make._add(Follower(campaign_id=parcels.campaign.id, email="hanako@example.jp", locale="ja", confirmed_at=now))
        make._add(CommentState(pledge_id=pledge.id, reply="花子様、ありがとう", replied_at=now))
        total, books = parcels.kept(pledge, "total", "paid_at", "status"), site.check()
        assert self.erase(owner, pledge).status_code == 303
        assert self.erase(owner, pledge).status_code == 303
        assert parcels.kept(pledge, *PERSON) == tuple(PERSON.values())
        assert parcels.kept(pledge, "total", "paid_at", "status") == total
        assert parcels.kept(pledge, "erased_at") != (None,)
        [[recipient]] = site.rows(select(BatchItem.recipient))
        assert recipient == dict.fromkeys(recipient, "")
        everything = str([site.rows(select(table)) for table in Base.metadata.sorted_tables if table.name != "staff"])
        for word in ("hanako@example.jp", "髙橋", "見本町", "消してください", "花子様", "応援して"):
            assert word not in everything, word
        assert site.get(room).status_code == 404
        assert acts(site).count("personal_data.erased") == 1
        assert site.one(select(DataRequest.done_at)) is not None
        assert set(site.check()) <= set(books)

    @on_sqlite
    def test_what_belongs_to_the_address_stays_while_another_pledge_bears_it(self, site, parcels, owner, make):
        first, _room = parcels.supporter(email="hanako@example.jp")
        second, room = parcels.supporter(email="Hanako@example.jp")
        now = clock.now()
        make._add(Follower(campaign_id=parcels.campaign.id, email="hanako@example.jp", locale="ja", confirmed_at=now))
        parcels.send(parcels.owe(first))
        self.erase(owner, first)
        assert site.rows(select(Follower.email)) == [("hanako@example.jp",)]
        assert parcels.kept(second, "name", "email") == ("髙橋 花子", "Hanako@example.jp")
        assert site.get(room).status_code == 200

    @on_sqlite
    def test_mails_that_wait_are_not_sent_to_an_erased_address(self, site, parcels, owner):
        pledge, _room = parcels.supporter(email="hanako@example.jp")
        parcels.send(parcels.owe(pledge))
        page = f"{STAFF}{pledge.reference}/"
        post(owner, page, f"{page}link", link_number="0")
        self.erase(owner, pledge)
        site.work()
        assert site.letterbox.mails == []
        [[recipient, status]] = site.rows(select(OutboxMail.recipient, OutboxMail.status))
        assert ("hanako" in recipient, status) == (False, "skipped")

    @on_sqlite
    @pytest.mark.parametrize(
        ("batch", "values"), [(None, {}), ("locked", {}), ("none", {}), ("", {"status": "disputed"})]
    )
    def test_what_is_still_needed_is_not_erased(self, site, parcels, owner, batch, values):
        pledge, _room = parcels.supporter(**values)
        if batch != "none":
            owed = parcels.owe(pledge, batch or None)
            if values:
                parcels.send(owed)
        reply = self.erase(owner, pledge)
        assert reply.status_code == 409
        assert "まだ消去できません" in reply.text
        assert parcels.kept(pledge, "name", "line1") == ("髙橋 花子", "見本町1-2-3")
        assert "personal_data.erased" not in acts(site)

    @on_sqlite
    def test_it_wants_to_be_confirmed_and_only_the_owner_may(self, site, parcels, owner):
        pledge, _room = parcels.supporter()
        parcels.send(parcels.owe(pledge))
        assert self.erase(owner, pledge, sure="").status_code == 422
        fulfilment = signed_in(site, person(site, "fulfilment"))
        assert fulfilment.get(f"{STAFF}{pledge.reference}/erase").status_code == 403
        assert parcels.kept(pledge, "name") == ("髙橋 花子",)


# Columns of text that hang on a pledge and are not erased with it, for they say nothing of a person.
IMPERSONAL = {
    "pledge": {
        *("reference", "attempt", "token_hash", "status", "source", "method", "currency", "locale"),
        *("utm_source", "utm_medium", "utm_campaign", "referrer_host"),
        *("checkout_session_id", "customer_id", "saved_card_id", "subscription_id"),
    },
    "pledge_event": {"from_status", "to_status", "cause"},
    "payment": {"purpose", "intent_id", "status", "decline", "dispute"},
    "refund": {"cause", "status", "refund_id", "problem", "attempt", "reason", "note"},
    "ledger_entry": {"reference", "kind", "source", "currency", "balance_transaction"},
    "transfer_return": {"status", "refund_id", "problem", "reason"},
    "obligation": {"status"},
    "shipment": {"carrier", "tracking_number"},
    "open_checkout": {"visitor"},
    "receipt": {"kind", "status", "currency", "void_reason"},
    "receipt_line": {"reference", "campaign"},
}
ERASED = {"pledge": set(PERSON), "comment_state": {"hidden_reason", "reply"}, "data_request": {"kind", "message"}}
ERASED |= {"backer_index": {"said", "email", "place"}, "receipt_addressee": {"name", "honorific", "address"}}


def test_of_every_text_that_hangs_on_a_pledge_it_is_decided_whether_it_goes():
    """A new table with a name in it must not be forgotten: name its columns above, or erase them."""
    undecided = set()
    for table in Base.metadata.sorted_tables:
        if table.name != "pledge" and not [*referring(table, "pledge.id"), *referring(table, "obligation.id")]:
            continue
        texts = {column.name for column in table.columns if isinstance(column.type, Text)}
        known = IMPERSONAL.get(table.name, set()) | ERASED.get(table.name, set())
        undecided |= {f"{table.name}.{name}" for name in texts - known}
    assert undecided == set()


class TestRetention:
    """Addresses go some months after the parcel went out."""

    def sent(self, parcels, ago, **values):
        pledge, _room = parcels.supporter(**values)
        parcels.send(parcels.owe(pledge, "done"), at=clock.now() - ago)
        return pledge

    def test_addresses_of_what_was_sent_long_ago_are_erased_and_the_rest_is_kept(self, site, parcels):
        keep_months(site, 6)
        old, new = self.sent(parcels, timedelta(days=200)), self.sent(parcels, timedelta(days=100))
        owed, _room = parcels.supporter()
        parcels.owe(owed, "locked")
        returned, _room = parcels.supporter()
        back = parcels.owe(returned)
        parcels.send(back, at=clock.now() - timedelta(days=200), returned_at=clock.now())
        with site.inside():
            assert erase_old_addresses() == 1
            assert erase_old_addresses() == 0
        assert parcels.kept(old, *HOME) == tuple(HOME.values())
        assert parcels.kept(old, "name", "total") == ("髙橋 花子", 3000)
        assert "〒" not in site.get(f"/pledges/{token_for(site, old)}/").text
        for pledge in (new, owed, returned):
            assert parcels.kept(pledge, "line1", "phone") == ("見本町1-2-3", "03-1234-5678")
        recipients = [kept["line1"] for [kept] in site.rows(select(BatchItem.recipient)) if kept]
        assert sorted(recipients) == ["", "見本町1-2-3", "見本町1-2-3"]
        assert acts(site) == ["personal_data.expired"]
        assert site.one(select(AuditEntry.detail)) == {"count": 1}

    @on_sqlite
    def test_the_worker_does_it(self, site, parcels):
        keep_months(site, 6)
        old = self.sent(parcels, timedelta(days=200))
        site.work()
        assert parcels.kept(old, "line1") == ("",)

    @on_sqlite
    def test_without_the_setting_nothing_is_erased(self, site, parcels):
        old = self.sent(parcels, timedelta(days=5000))
        site.work()
        assert parcels.kept(old, "line1") == ("見本町1-2-3",)

    @on_sqlite
    def test_more_than_one_portion_is_done_in_one_go(self, site, parcels, monkeypatch):
        monkeypatch.setattr("fundsite.supporters.retention.AT_ONCE", 2)
        keep_months(site, 1)
        for _ in range(5):
            self.sent(parcels, timedelta(days=60))
        with site.inside():
            assert erase_old_addresses() == 5

    def test_months_end_with_the_month(self):
        assert before(datetime(2026, 3, 31, 9, tzinfo=UTC), 1) == datetime(2026, 2, 28, 9, tzinfo=UTC)
        assert before(datetime(2026, 1, 15, tzinfo=UTC), 13) == datetime(2024, 12, 15, tzinfo=UTC)
        assert before(datetime(2026, 12, 1, tzinfo=UTC), 12) == datetime(2025, 12, 1, tzinfo=UTC)


@on_sqlite
def test_an_erased_pledge_is_found_by_staff_and_says_so(site, parcels, owner):
    pledge, _room = parcels.supporter()
    site.change(update(Pledge).values(erased_at=clock.now(), name=""))
    reply = owner.get(f"{STAFF}?reference={pledge.reference.lower().replace('-', '')}")
    assert reply.location.endswith(f"{STAFF}{pledge.reference}/")
    assert "個人情報は消去済み" in owner.get(reply.location).text
    assert "見つかりませんでした" in owner.get(f"{STAFF}?reference=XXXX").text
    assert site.rows(select(Payment.id)) == []
