"""Month by month, with cards that fail, supporters who stop and months that nobody looked at: the books agree."""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fundsite.pledges.monthly.acts import stop
from fundsite.pledges.monthly.following import GOES_ON
from fundsite.pledges.sweep import sweep
from support.lives import Life, live, some
from support.people import BEARER

EXAMPLES = 60
CARDS = {"good": "4242424242424242", "refused": "4000000000000002", "fails later": "4000000000000341"}


class MonthlyLife(Life):
    """The same campaign, whose supporters give each month."""

    funding = "monthly"

    @rule(which=some, card=st.sampled_from(["good", *CARDS]))
    def somebody_pays(self, which, card):
        pledge = self.pledge(which)
        if pledge and pledge.checkout_session_id:
            self.world.door(f"sessions/{pledge.checkout_session_id}/pay", {"card": CARDS[card]})

    @rule(which=some, card=st.sampled_from(list(CARDS)))
    def somebody_changes_the_card(self, which, card):
        subscription = self.one_of(self.subscriptions(), which)
        if subscription:
            self.world.door(f"subscriptions/{subscription['id']}/card", {"card": CARDS[card]})

    @rule(which=some)
    def somebody_stops(self, which):
        pledge = self.pledge(which)
        if pledge:
            self.act(lambda: stop(pledge.id))

    @rule(which=some, at_once=st.sampled_from([False, False, True]))
    def somebody_stops_at_stripe(self, which, at_once):
        subscription = self.one_of(self.subscriptions(), which)
        if subscription:
            address = f"/v1/subscriptions/{subscription['id']}"
            if at_once:
                self.world.wire.delete(address, headers=BEARER)
            else:
                self.world.wire.post(address, data={"cancel_at_period_end": "true"}, headers=BEARER)

    @rule(days=st.sampled_from([3, 31, 62]))
    def days_pass(self, days):
        self.world.later(days=days)

    def nothing_is_left_over(self):
        self.world.later(days=35)
        self.act(lambda: sweep(everything=True))
        assert self.world.reconcile().unexplained == []
        assert self.world.differences() == []
        states = {one["metadata"]["fundsite_reference"]: one for one in self.subscriptions()}
        for pledge in self.world.pledges():
            assert pledge.status != "pending" or not self.has_paid(pledge)
            state = states.get(pledge.reference)
            if pledge.status in GOES_ON:
                assert state is not None
                assert (state["id"], state["status"]) == (pledge.subscription_id, pledge.status)
            elif state is not None:
                assert state["status"] in {"canceled", "incomplete_expired"}, pledge.status
        self.no_month_is_paid_twice()

    def no_month_is_paid_twice(self):
        invoices = self.listed("invoices", status="paid")
        months = Counter((row["customer"], row["lines"]["data"][0]["period"]["start"]) for row in invoices)
        assert set(months.values()) <= {1}

    def has_paid(self, pledge):
        marks = {"fundsite_reference": pledge.reference}.items()
        rows = self.world.wire.get("/_sandbox/books").json["payment_intents"]
        return any(row["status"] == "succeeded" and marks <= row["metadata"].items() for row in rows)

    def subscriptions(self):
        return self.listed("subscriptions", status="all")

    def listed(self, kind, **wanted):
        reply = self.world.wire.get(f"/v1/{kind}", query_string={"limit": 100, **wanted}, headers=BEARER)
        assert reply.status_code == 200, reply.text
        return reply.json["data"]

    @staticmethod
    def one_of(rows, which):
        return rows[which % len(rows)] if rows else None


def test_each_month_is_paid_once_and_ends_when_it_was_stopped_whatever_happens(one_world):
    live(MonthlyLife, one_world, EXAMPLES)
