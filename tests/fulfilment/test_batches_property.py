"""Whatever staff, supporters, refunds and deaths do: a thing is in one live batch at most and goes out once.

And a locked batch gives the same bytes again, until staff themselves change what is in it.
"""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select, update

from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.fulfilment import batches, shipping, tracking
from fundsite.fulfilment.carriers import carrier_file
from fundsite.fulfilment.check import shipping_differences
from fundsite.fulfilment.corrections import correct, correct_many, find_parcel, parcels_of
from fundsite.fulfilment.files import batch_file
from fundsite.fulfilment.models import LOCKED, Batch, BatchItem, Obligation, Shipment
from fundsite.fulfilment.obligations import UNLOCKED, keep_obligations
from fundsite.fulfilment.owed import Choice
from fundsite.fulfilment.preflight import consignment_of, preflight
from fundsite.fulfilment.tracking_file import Pair
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward
from support.factories import Factory
from support.lives import live
from support.shipping import HOME, SENDER
from support.world import DEATHS

EXAMPLES, STEPS = 25, 30
KINDS = ["clickpost", "b2cloud"]
some = st.integers(0, 1000)
lines = st.sampled_from(["千代田1-2-3", "𠮷野町9", "霞が関2-1—5", "♡"])


class Room(RuleBasedStateMachine):
    """One campaign with two rewards, its supporters and the shipping room."""

    world = None

    @initialize(
        pledges=st.lists(st.sampled_from("AB"), min_size=2, max_size=5),
        locked=st.booleans(),
        kind=st.sampled_from(KINDS),
    )
    def begin(self, pledges, locked, kind):
        """Begin with a batch, perhaps locked, and with something to be collected; of nothing, nothing would come."""
        self.world.fresh()
        self.campaign = self.world.campaign([None, None])
        with self.world.inside(), transaction() as session:
            session.execute(update(Reward).values(shipping="japan", fulfilment_month=date(2027, 5, 1)))
        self.make, self.clicks, self.files = Factory(self.world), 0, {}
        for code in pledges:
            self.somebody_has_paid(code, "千代田1-2-3")
        self.staff_collect(pledges[:1], kind, again=False)
        if locked:
            self.staff_lock(0)

    def act(self, what, *args):
        """Do something as a request does: what is refused is refused, what dies is dead."""
        with self.world.inside():
            try:
                return what(*args)
            except FundsiteError:
                return None

    def pick(self, which, column, *where):
        with self.world.inside():
            found = db.session.scalars(select(column).where(*where).order_by(column)).all()
        return found[which % len(found)] if found else 0

    @rule(code=st.sampled_from("AB"), line1=lines)
    def somebody_has_paid(self, code, line1):
        self.world.death = None
        with self.world.inside():
            reward = db.session.scalars(select(Reward).where(Reward.code == code)).one()
        self.make.paid(reward_of(reward), reward, **{**HOME, "line1": line1})

    @rule(which=some, status=st.sampled_from(["paid", "disputed", "refunded", "charged_back"]))
    def a_bank_or_staff_move_the_money(self, which, status):
        pledge = self.pick(which, Pledge.id)

        def move():
            with transaction() as session:
                session.get(Pledge, pledge).status = status

        self.act(move)

    @rule(which=some, line1=lines)
    def a_supporter_corrects_the_address(self, which, line1):
        pledge = self.pick(which, Pledge.id)

        def change():
            with transaction() as session:
                if not batches.address_locked(session, pledge):
                    session.get(Pledge, pledge).line1 = line1

        self.act(change)

    @rule(which=some)
    def personal_data_are_erased(self, which):
        """As retention does, which asks nobody: what a locked batch has kept is its own."""
        pledge = self.pick(which, Obligation.pledge_id, Obligation.batch_id.is_not(None))

        def erase():
            with transaction() as session:
                session.execute(update(Pledge).where(Pledge.id == pledge).values(line1=""))

        self.act(erase)

    @rule(codes=st.sampled_from([["A"], ["B"], []]), kind=st.sampled_from(KINDS), again=st.booleans())
    def staff_collect(self, codes, kind, again):
        self.clicks += not again
        choice = Choice(self.campaign, kind, codes)
        said = {"contents": "書籍", "ship_on": date(2027, 5, 10), "sender": SENDER}
        self.act(lambda: batches.open_batch(f"click-{self.clicks}", choice, "発送", **said))

    @rule(which=some)
    def staff_announce(self, which):
        self.act(batches.announce_batch, self.pick(which, Batch.id, Batch.status == "open"), None)

    @rule(which=some)
    def staff_lock(self, which):
        self.act(batches.lock_batch, self.pick(which, Batch.id, Batch.status.in_(UNLOCKED)), None)

    @rule(which=some)
    def staff_dissolve(self, which):
        self.act(batches.dissolve_batch, self.pick(which, Batch.id, Batch.status == "announced"), None)

    @rule(which=some)
    def staff_finish(self, which):
        self.act(batches.finish_batch, self.pick(which, Batch.id, Batch.status == "locked"), None)

    @rule(which=some, item=some)
    def staff_take_out(self, which, item):
        batch = self.pick(which, BatchItem.batch_id, BatchItem.removed_at.is_(None))
        self.act(batches.take_out, batch, self.item_of(batch, item), None)

    def item_of(self, batch, which):
        return self.pick(which, BatchItem.id, BatchItem.batch_id == batch, BatchItem.removed_at.is_(None))

    @rule(which=some, item=some, line1=lines)
    def staff_correct(self, which, item, line1):
        number = self.pick(which, BatchItem.batch_id, BatchItem.removed_at.is_(None))
        chosen = self.item_of(number, item)

        def change():
            parcel = find_parcel(batches_row(number), chosen)
            correct(number, chosen, parcel.version, {**parcel.to, "line1": line1}, None)

        self.act(change)

    @rule(which=some)
    def staff_take_the_proposals(self, which):
        number = self.pick(which, Batch.id)
        self.act(lambda: correct_many(number, preflight(batches_row(number)).proposals, None))

    @rule(which=some)
    def staff_take_the_file(self, which):
        self.act(batch_file, self.pick(which, Batch.id, Batch.status.in_(LOCKED)), None)

    @rule(which=some, carrier=st.sampled_from(["yamato", "other"]))
    def staff_record_a_batch_as_shipped(self, which, carrier):
        self.act(shipping.ship_batch, self.pick(which, Batch.id), carrier, None)

    @rule(which=some, number=st.sampled_from(["444413758703", "444413758714", ""]), doubtful=st.booleans())
    def staff_import_a_number(self, which, number, doubtful):
        reference = self.pick(which, Pledge.reference)

        def read():
            pairs = [Pair(2, str(reference), number)]
            plan = tracking.plan_of(pairs, "yamato")
            tracking.apply(pairs, "yamato", plan.mark, None, doubtful=doubtful)
            assert tracking.apply(pairs, "yamato", plan.mark, None, doubtful=doubtful) == 0

        self.act(read)

    @rule(which=some)
    def staff_undo_a_shipment(self, which):
        number = self.pick(which, Shipment.id)
        self.act(shipping.undo_one, self.batch_of(number), number, None)

    @rule(which=some)
    def staff_undo_what_was_recorded_together(self, which):
        number = self.pick(which, Shipment.id)
        self.act(shipping.undo, self.batch_of(number), number, None)

    @rule(which=some)
    def a_parcel_comes_back(self, which):
        number = self.pick(which, Shipment.id)
        self.act(shipping.came_back, self.batch_of(number), number, None)

    def batch_of(self, shipment):
        with self.world.inside():
            return db.session.scalar(select(Shipment.batch_id).where(Shipment.id == shipment)) or 0

    @rule(hours=st.sampled_from([1, 47, 49]))
    def time_passes(self, hours):
        self.world.clock.set(self.world.clock.now() + timedelta(hours=hours).total_seconds())

    @rule()
    def the_worker_comes(self):
        self.act(keep_obligations)

    @rule(when=st.sampled_from(DEATHS), commits=st.integers(1, 2))
    def the_next_process_dies(self, when, commits):
        self.world.dies(when, commits)

    @invariant()
    def everything_is_in_its_place(self):
        if not hasattr(self, "files"):
            return
        death, self.world.death = self.world.death, None
        with self.world.inside():
            self.in_one_live_batch_at_most()
            self.files_stay_the_same()
        with self.world.inside():
            assert shipping_differences() == []
        self.world.death = death

    def in_one_live_batch_at_most(self):
        listed = (
            select(BatchItem.obligation_id, func.count())
            .join(Batch, Batch.id == BatchItem.batch_id)
            .join(Obligation, Obligation.id == BatchItem.obligation_id)
            .where(BatchItem.removed_at.is_(None), Batch.status.in_((*UNLOCKED, *LOCKED)))
            .where(Batch.status.in_(UNLOCKED) | (Obligation.batch_id == Batch.id))
            .group_by(BatchItem.obligation_id)
            .having(func.count() > 1)
        )
        assert db.session.execute(listed).all() == []
        live = select(Shipment.obligation_id).where(Shipment.undone_at.is_(None), Shipment.returned_at.is_(None))
        shipped = db.session.scalars(live).all()
        assert len(shipped) == len(set(shipped))
        told = db.session.scalars(select(OutboxMail.about).where(OutboxMail.kind == shipping.SHIPPED)).all()
        assert sorted(told) == sorted(db.session.scalars(select(Shipment.id)))

    def files_stay_the_same(self):
        """Nobody but staff who take something out or correct it changes what a locked batch's file says."""
        for batch in db.session.scalars(select(Batch).where(Batch.status.in_(LOCKED))):
            items = db.session.execute(
                select(BatchItem.id, BatchItem.correction)
                .where(BatchItem.batch_id == batch.id, BatchItem.removed_at.is_(None))
                .order_by(BatchItem.id)
            ).all()
            made = carrier_file(consignment_of(batch, parcels_of(batch))).content
            assert self.files.setdefault((batch.id, repr(items)), made) == made


def reward_of(reward):
    """Stand in for the campaign, of which the factory wants the number only."""

    class Campaign:
        id = reward.campaign_id

    return Campaign


def batches_row(number):
    found = db.session.get(Batch, number)
    if found is None:
        raise FundsiteError(str(number))
    return found


def test_a_parcel_cannot_get_lost_or_go_out_twice_whatever_happens(one_world):
    live(Room, one_world, EXAMPLES, STEPS)
