"""Lives of a campaign, for property tests: whatever anybody does, in whatever order, the books are right."""

import secrets

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.payments.gateway import GatewayUnavailable
from fundsite.pledges.checkout import begin_checkout, resume_checkout
from fundsite.pledges.models import Pledge, Refund
from fundsite.pledges.money_back import act_on_refund, request_refund
from fundsite.pledges.reconcile import reconcile
from fundsite.pledges.service import PledgeOrder
from fundsite.pledges.settlement import ask, leave
from fundsite.pledges.sweep import sweep
from fundsite.rewards.models import Reward
from support.world import DEATHS

CARDS = {
    "good": "4242424242424242",
    "declined": "4000000000000002",
    "refund fails later": "4000000000005126",
    "refund is slow": "4000000000007726",
}
LUCK = ("request lost", "reply lost")
STEPS = 40
SELDOM = 4  # the hourly walk comes less often than people do
some = st.integers(0, 1000)
orders = st.tuples(st.sampled_from(["A", "A", "B", None]), st.integers(1, 2), st.sampled_from([0, 500]))


class Life(RuleBasedStateMachine):
    """One campaign with a scarce reward, and everything that can happen to its pledges."""

    world = None
    funding = "all_in"

    @initialize(
        stock=st.integers(1, 4),
        first=st.lists(orders, min_size=1, max_size=4),
        paid=st.integers(0, 4),
        compared_at=st.integers(1, 2 * STEPS),
    )
    def begin(self, stock, first, paid, compared_at):
        """Begin with some pledges of which some are paid; of nothing, nothing would come for many steps.

        The books are held against Stripe's at the end, and in half of the lives once before.
        """
        self.world.fresh()
        self.campaign = self.world.campaign([stock, None], funding=self.funding)
        self.told, self.steps, self.checked, self.compared_at = set(), 0, None, compared_at
        for order in first:
            self.somebody_pledges(order)
        for number in range(paid):
            self.somebody_pays(number, "good")
            self.stripe_delivers(number, again=False)

    def pledge(self, which):
        found = self.world.pledges()
        return found[which % len(found)] if found else None

    def act(self, what):
        """Do something as a request does: what is refused is refused, what dies is dead."""
        with self.world.inside():
            try:
                return what()
            except (FundsiteError, GatewayUnavailable):
                return None

    @rule(order=orders)
    def somebody_pledges(self, order):
        code, quantity, extra = order
        pieces = quantity if code else 0
        extra = extra if code else 1_000
        total = 3_000 * pieces + extra
        email = f"{secrets.token_hex(4)}@example.jp"
        confirmed = PledgeOrder(
            secrets.token_hex(8), self.campaign, code, pieces, extra, total, email, "髙橋", "ja", {"comment": ""}
        )
        self.act(lambda: begin_checkout(confirmed))

    @rule(which=some, card=st.sampled_from(list(CARDS)))
    def somebody_pays(self, which, card):
        pledge = self.pledge(which)
        if pledge and pledge.checkout_session_id:
            self.world.door(f"sessions/{pledge.checkout_session_id}/pay", {"card": CARDS[card]})

    @rule(which=some)
    def somebody_comes_back(self, which):
        pledge = self.pledge(which)
        if pledge:
            self.act(lambda: ask(db.session.get_one(Pledge, pledge.id)))

    @rule(which=some)
    def somebody_goes_on(self, which):
        pledge = self.pledge(which)
        if pledge:
            self.act(lambda: resume_checkout(db.session.get_one(Pledge, pledge.id)))

    @rule(which=some)
    def somebody_gives_up(self, which):
        pledge = self.pledge(which)
        if pledge:
            self.act(lambda: leave(db.session.get_one(Pledge, pledge.id)))

    @rule(which=some, again=st.booleans())
    def stripe_delivers(self, which, again):
        said = [event for event in self.world.events() if again or event["id"] not in self.told]
        if said:
            event = said[which % len(said)]
            if self.world.deliver(event) == 200:
                self.told.add(event["id"])

    @rule(which=some)
    def a_delivery_is_lost(self, which):
        said = [event for event in self.world.events() if event["id"] not in self.told]
        if said:
            self.told.add(said[which % len(said)]["id"])

    @rule(minutes=st.sampled_from([1, 3, 15, 45]))
    def time_passes(self, minutes):
        self.world.later(minutes=minutes)

    @rule(everything=st.booleans())
    def the_worker_comes(self, everything):
        self.act(lambda: sweep(everything=everything))

    @rule(hour=some)
    def the_worker_reconciles(self, hour):
        if hour % SELDOM == 0:
            self.act(reconcile)

    @rule(which=some, part=st.sampled_from([1, 1_000, 3_000]), returns=st.booleans())
    def staff_give_money_back(self, which, part, returns):
        pledge = self.pledge(which)
        if pledge is None:
            return

        def refund():
            with transaction() as session:
                made = request_refund(session, pledge.id, part, "", returns_stock=returns, by=None).id
            act_on_refund(made)

        self.act(refund)

    @rule(which=some, part=st.sampled_from([1, 3_000]))
    def staff_give_money_back_in_the_dashboard(self, which, part):
        intents = self.paid_intents()
        if intents:
            self.world.door(f"payments/{intents[which % len(intents)]}/refund", {"amount": part})

    @rule(which=some)
    def a_bank_disputes(self, which):
        intents = self.paid_intents()
        if intents:
            self.world.door(f"payments/{intents[which % len(intents)]}/dispute")

    @rule(which=some, outcome=st.sampled_from(["won", "lost"]))
    def a_dispute_is_decided(self, which, outcome):
        disputes = self.world.wire.get("/_sandbox/books").json["disputes"]
        if disputes:
            self.world.door(f"disputes/{disputes[which % len(disputes)]['id']}/close", {"outcome": outcome})

    @rule(luck=st.lists(st.sampled_from(["fine", *LUCK]), max_size=3))
    def the_network_is_bad(self, luck):
        self.world.luck = luck

    @rule(when=st.sampled_from(DEATHS), commits=st.integers(1, 3))
    def the_next_process_dies(self, when, commits):
        self.world.dies(when, commits)

    def paid_intents(self):
        rows = self.world.wire.get("/_sandbox/books").json["payment_intents"]
        return [row["id"] for row in rows if row["status"] == "succeeded"]

    @invariant()
    def nothing_differs(self):
        if not hasattr(self, "steps"):
            return
        self.steps += 1
        if self.checked != self.world.commits:
            assert self.world.differences() == []
            self.nothing_is_oversold()
            self.checked = self.world.commits
        if self.steps == self.compared_at:
            self.agrees()

    def nothing_is_oversold(self):
        with self.world.inside():
            for reward in db.session.scalars(select(Reward)):
                assert 0 <= reward.pledged <= reward.claimed
                assert reward.stock is None or reward.claimed <= reward.stock

    def agrees(self):
        """Hold our books against Stripe's after a reconcile; then everything is as it was before."""
        with self.world.for_once():
            self.world.death = None
            found = self.world.reconcile()
            assert found is not None
            assert found.unexplained == []
            assert self.world.our_books() == self.world.stripes_books()
            assert self.world.differences() == []
            self.nothing_is_left_over()
            with self.world.inside():
                assert not list(db.session.scalars(select(Refund).where(Refund.status == "due", Refund.problem == "")))

    def nothing_is_left_over(self):
        """Say what else must be true once everything is reconciled."""

    def teardown(self):
        if hasattr(self, "steps"):
            self.agrees()


def live(life, world, examples, steps=STEPS):
    """Live through so many lives, the same ones each time."""
    life.world = world
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
        ),
    )
