"""Codes, accounts, partial transfers and staff join in, over days: the books and Stripe's cash still agree."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from fundsite.db import db
from fundsite.pledges.models import Payment
from fundsite.pledges.transfers import service as transfers
from fundsite.pledges.transfers.models import TransferRest, TransferReturn
from support.lives import Life, live, some

EXAMPLES = 110
PAID = {"paid", "disputed", "charged_back", "refund_due", "refunded"}
BEARER = {"Authorization": "Bearer sk_test_notAKey"}
OWNER = None


@pytest.fixture(scope="module")
def world(one_world):
    known = one_world.app.extensions["fundsite.settings"]
    one_world.app.extensions["fundsite.settings"] = replace(known, payment_methods=("card", "konbini", "bank"))
    return one_world


class LaterLife(Life):
    """The same campaign, on which people may pay later."""

    @rule(which=some, method=st.sampled_from(["konbini", "customer_balance", "customer_balance"]))
    def somebody_chooses_to_pay_later(self, which, method):
        pledge = self.pledge(which)
        if pledge and pledge.checkout_session_id:
            self.world.door(f"sessions/{pledge.checkout_session_id}/pay", {"method": method})

    @rule(which=some)
    def somebody_pays_at_the_counter(self, which):
        pledge = self.pledge(which)
        if pledge and pledge.checkout_session_id:
            self.world.door(f"payments/{pledge.checkout_session_id}/pay-at-store", {"store": "lawson"})

    @rule(which=some, amount=st.sampled_from([500, 1_000, 2_500, 3_000, 4_000]))
    def somebody_transfers(self, which, amount):
        pledge = self.pledge(which)
        if pledge and pledge.checkout_session_id:
            self.world.door(f"payments/{pledge.checkout_session_id}/transfer", {"amount": amount})

    @rule(which=some, amount=st.sampled_from([1_000, 3_000]))
    def somebody_transfers_late(self, which, amount):
        pledge = self.pledge(which)
        if pledge and pledge.customer_id and pledge.method == "bank":
            self.world.door(f"customers/{pledge.customer_id}/transfer", {"amount": amount, "currency": "jpy"})

    @rule(hours=st.sampled_from([5, 30, 100]))
    def days_pass(self, hours):
        self.world.later(hours=hours)

    @rule(which=some, what=st.sampled_from(["back", "back", "keep", "wait"]))
    def staff_settle_a_transfer(self, which, what):
        with self.world.inside():
            cases = transfers.open_cases()
            case = cases[which % len(cases)] if cases else None
            if case is None:
                return
        acts = {
            "back": lambda: transfers.give_back(case.pledge_id, case.amount, "", OWNER),
            "keep": lambda: transfers.keep(case.pledge_id, case.amount, OWNER),
            "wait": lambda: transfers.wait_longer(case.pledge_id, OWNER),
        }
        self.act(acts[what])

    @rule(which=some, status=st.sampled_from(["succeeded", "failed"]))
    def a_return_arrives_or_comes_back(self, which, status):
        with self.world.inside():
            known = list(db.session.scalars(select(TransferReturn.refund_id)))
        made = [refund_id for refund_id in known if refund_id]
        if made:
            self.world.door(f"refunds/{made[which % len(made)]}", {"status": status})

    def nothing_is_left_over(self):
        self.world.later(hours=2)
        assert self.world.reconcile().unexplained == []
        for pledge in self.world.pledges():
            self.payment_agrees(pledge)
            self.cash_agrees(pledge)

    def payment_agrees(self, pledge):
        with self.world.inside():
            intent_id = db.session.scalar(select(Payment.intent_id).where(Payment.pledge_id == pledge.id))
        if intent_id is None:
            assert pledge.status in {"pending", "expired", "canceled"}
            return
        intent = self.world.wire.get(f"/v1/payment_intents/{intent_id}", headers=BEARER).json
        assert (intent["status"] == "succeeded") == (pledge.status in PAID), (pledge.status, intent["status"])
        shows = "konbini" in str(intent["next_action"]) or "bank_transfer" in str(intent["next_action"])
        assert shows == (pledge.status == "waiting"), (pledge.status, intent["next_action"])
        assert not shows or pledge.holds_stock == (pledge.reward_id is not None)

    def cash_agrees(self, pledge):
        if pledge.customer_id is None:
            return
        balance = self.world.wire.get(f"/v1/customers/{pledge.customer_id}/cash_balance", headers=BEARER).json
        with self.world.inside():
            rest = db.session.get(TransferRest, pledge.id)
            known = rest.left_over if rest else 0
        assert (balance["available"] or {}).get("jpy", 0) == known


def test_the_books_agree_when_money_comes_later_short_over_or_never(world):
    live(LaterLife, world, EXAMPLES)
