"""All-or-Nothing, through the end and the weeks after it: each saved card is charged once, or never."""

from unittest import mock

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from fundsite.pledges.promised import charging
from fundsite.pledges.promised.ending import end_campaigns
from fundsite.pledges.promised.paying_again import pay_again
from fundsite.pledges.promised.saving import withdraw
from support.lives import Life, live, some

EXAMPLES = 110
CARDS = {"good": "4242424242424242", "refused": "4000000000000341", "asks again": "4000002760003184"}
KEPT = {"paid", "disputed", "charged_back", "refund_due", "refunded"}


@pytest.fixture(scope="module")
def world(one_world):
    with mock.patch.object(charging, "SLOWEST_PACE", 0.0):
        yield one_world


class PromisedLife(Life):
    """The same campaign, which charges only if its goal is reached."""

    funding = "all_or_nothing"

    @rule(which=some, card=st.sampled_from(["good", *CARDS]))
    def somebody_pays(self, which, card):
        pledge = self.pledge(which)
        if pledge and pledge.checkout_session_id:
            self.world.door(f"sessions/{pledge.checkout_session_id}/pay", {"card": CARDS[card]})

    @rule(which=some)
    def somebody_withdraws(self, which):
        pledge = self.pledge(which)
        if pledge:
            self.act(lambda: withdraw(pledge.id))

    @rule(which=some)
    def somebody_pays_again(self, which):
        pledge = self.pledge(which)
        if pledge:
            self.act(lambda: pay_again(pledge.id))

    @rule(days=st.sampled_from([1, 2, 10, 20]))
    def days_pass(self, days):
        self.world.later(days=days)

    @rule(everything=st.booleans())
    def the_worker_ends_the_campaign(self, everything):
        self.act(lambda: end_campaigns(everything=everything))

    def nothing_is_left_over(self):
        for _day in range(9):
            self.world.later(days=5)
            self.act(lambda: end_campaigns(everything=True))
        assert self.world.reconcile().unexplained == []
        assert self.world.differences() == []
        taken = self.taken()
        for pledge in self.world.pledges():
            assert pledge.status not in {"pending", "promised", "declined"}
            assert pledge.saved_card_id is None or pledge.status in KEPT
            kept = pledge.total - pledge.refunded if pledge.status in KEPT else 0
            assert taken.get(pledge.reference, 0) == kept, (pledge.status, pledge.total, pledge.refunded)

    def taken(self):
        """Return what Stripe took and kept for each reference, whatever banks say of it."""
        books = self.world.wire.get("/_sandbox/books").json
        marks = {row["id"]: row["metadata"].get("fundsite_reference") for row in books["payment_intents"]}
        sums = {}
        for row in books["payment_intents"]:
            if row["status"] == "succeeded":
                sums[marks[row["id"]]] = sums.get(marks[row["id"]], 0) + row["amount"]
        for row in books["refunds"]:
            if row["status"] in {"pending", "succeeded"}:
                sums[marks[row["payment_intent"]]] -= row["amount"]
        return sums


def test_each_saved_card_is_charged_once_or_never_whatever_happens(world):
    live(PromisedLife, world, EXAMPLES)
