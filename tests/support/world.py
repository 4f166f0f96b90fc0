"""A whole world in one thread: site, sandbox, time and bad luck, every move of it decided by the test.

The `stripe` library talks to the real sandbox without a socket in between, so that nothing happens by itself and
thousands of steps take seconds.
"""

import json
import sqlite3
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest import mock

import stripe
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.app import create_app
from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.payments.stripe_gateway import API_VERSION
from fundsite.pledges.check import differences
from fundsite.pledges.models import Pledge
from fundsite.pledges.reconcile import reconcile
from fundsite.rewards.models import Reward
from fundsite.sandbox import SandboxConfig
from fundsite.sandbox.app import close_sandbox, create_sandbox
from fundsite.sandbox.courier import signature
from fundsite.sandbox.jobs import move_clock
from support.books import ENTRIES, our_sums, stripes_sums
from support.site import TestSite

KEY, SECRET = "sk_test_notAKey", "whsec_notASecret"
BEGINNING = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
QUIET = SandboxConfig(secret_key=KEY, webhook_secret=SECRET, settle_after=1.0)
DEATHS = ("before commit", "after commit")


class Killed(BaseException):
    """The process dies here."""


def _then(commit, follow):
    """Return a commit that something follows once it is done, with the session at rest again."""

    def committed(session):
        commit(session)
        follow(session)

    return committed


def _hurry(connection, _record):
    connection.execute("PRAGMA synchronous = OFF")


class Wire(stripe.HTTPClient):
    """Carries requests to the sandbox in this thread; a reply, or a request, can get lost on the way."""

    name = "wire"

    def __init__(self, world):
        super().__init__()
        self.world = world

    def request(self, method, url, headers, post_data=None, *, _usage=None):
        luck = self.world.luck.pop(0) if self.world.luck else "fine"
        if luck == "request lost":
            raise stripe.APIConnectionError("lost on the way", should_retry=False)
        address = url.removeprefix("http://sandbox.test")
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        answer = self.world.wire.open(address, method=method.upper(), headers=headers, data=post_data or None)
        if luck == "reply lost":
            raise stripe.APIConnectionError("lost on the way back", should_retry=False)
        return answer.text, answer.status_code, answer.headers


class StoppedClock:
    """The time of both sides; it moves when it is told to."""

    def __init__(self):
        self.moment = BEGINNING.timestamp()

    @property
    def ahead(self):
        return self.moment - time.time()

    @ahead.setter
    def ahead(self, _seconds):
        """A Stripe that forgets everything begins again with us."""
        self.moment = BEGINNING.timestamp()

    def now(self):
        return self.moment

    def seconds(self):
        return int(self.moment)

    def set(self, moment):
        self.moment = moment


class World:
    """One site and one Stripe. `fresh` begins again."""

    def __init__(self, url, folder):
        self.clock, self.luck, self.death, self.commits = StoppedClock(), [], None, 0
        settings = TestSite.settings(url, "http://sandbox.test", 9, folder)
        self.app = create_app(settings)
        self.app.extensions["fundsite.gateway"]._client = stripe.StripeClient(
            KEY,
            stripe_version=API_VERSION,
            base_addresses={"api": "http://sandbox.test"},
            max_network_retries=0,
            http_client=Wire(self),
        )
        self.stripe, self.empty = create_sandbox(QUIET, background=False), self._copy()
        self.box = self.stripe.extensions["sandbox"][0]
        self.box.clock = self.clock
        self.wire = self.stripe.test_client()
        with self.app.app_context():
            event.listen(db.engine, "commit", self._before_commit)
            event.listen(db.engine, "connect", _hurry)
        self._patches = [
            mock.patch.object(clock, "now", self.now),
            mock.patch.object(Session, "commit", _then(Session.commit, self._after_commit)),
        ]
        for patch in self._patches:
            patch.start()

    def now(self):
        """Return what the time is on both sides."""
        return datetime.fromtimestamp(self.clock.moment, UTC)

    def close(self):
        for patch in self._patches:
            patch.stop()
        close_sandbox(self.stripe)
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def fresh(self):
        """Begin again: an empty site, an empty Stripe, the first moment."""
        self.door("reset")
        self._put_back(self.empty)
        self.luck, self.death = [], None

    @contextmanager
    def _file(self):
        """Lend the site's database, as the library that the site uses has it open."""
        with self.app.app_context():
            db.session.remove()
            connection = db.engine.raw_connection()
            try:
                yield connection.driver_connection
            finally:
                connection.close()

    def _copy(self):
        with self._file() as file:
            kept = type(file)(":memory:")
            file.backup(kept)
        return kept

    def _put_back(self, copy):
        with self._file() as file:
            copy.backup(file)

    @contextmanager
    def inside(self):
        """Stand inside the app; a death in there ends what was being done, as a kill does."""
        with self.app.app_context():
            try:
                yield
            except Killed:
                db.session.rollback()
            finally:
                db.session.remove()
                self.death = None

    def dies(self, when, commits):
        """Let the process die at one of its next commits."""
        self.death = (when, commits)

    def _before_commit(self, _connection):
        self._perhaps_die("before commit")

    def _after_commit(self, session):
        if session.info.get("fundsite_writing"):
            self.commits += 1
            self._perhaps_die("after commit")

    def _perhaps_die(self, when):
        if self.death and self.death[0] == when:
            left = self.death[1] - 1
            self.death = (when, left) if left else None
            if not left:
                raise Killed

    def later(self, **time):
        """Move the clock; what falls due at Stripe happens on the way."""
        move_clock(self.box, self.clock.moment + timedelta(**time).total_seconds())

    def door(self, path, body=None):
        """Knock at one of the sandbox's doors; None where it refuses."""
        reply = self.wire.post(f"/_sandbox/{path}", json=body or {})
        return reply.json if reply.status_code == 200 else None

    def events(self):
        """Return what Stripe has to tell, the oldest first."""
        reply = self.wire.get("/v1/events?limit=100", headers={"Authorization": f"Bearer {KEY}"})
        return list(reversed(reply.json["data"]))

    def deliver(self, said):
        """Deliver an event; returns the site's answer, None if it died over it."""
        payload = json.dumps(said)
        headers = {"Stripe-Signature": signature(payload, SECRET, int(time.time())), "Content-Type": "application/json"}
        try:
            return self.app.test_client().post("/webhooks/stripe", data=payload, headers=headers).status_code
        except Killed:
            return None
        finally:
            self.death = None
            with self.app.app_context():
                db.session.rollback()
                db.session.remove()

    def campaign(self, stocks, **values):
        """Write a campaign whose rewards have these stocks; returns its id."""
        with self.inside(), transaction() as session:
            row = Campaign(
                slug="ie",
                title="家",
                goal=10_000,
                starts_at=BEGINNING - timedelta(days=1),
                ends_at=BEGINNING + timedelta(days=20),
                published_at=BEGINNING,
                **values,
            )
            session.add(row)
            session.flush()
            for number, stock in enumerate(stocks):
                reward = Reward(campaign_id=row.id, code="ABC"[number], position=number, title="本", amount=3_000)
                reward.stock = stock
                session.add(reward)
            return row.id

    def pledges(self):
        """Return every pledge, the oldest first."""
        with self.inside():
            return list(db.session.scalars(select(Pledge).order_by(Pledge.id)))

    def differences(self):
        """Return what `fundsite check` finds now."""
        with self.inside():
            return differences()

    @contextmanager
    def for_once(self):
        """Let something happen that is taken back afterwards, at the site and at Stripe."""
        site, box = self._copy(), sqlite3.connect(":memory:")
        self.box.store._db.backup(box)
        moment, luck, self.luck = self.clock.moment, self.luck, []
        try:
            yield
        finally:
            self._put_back(site)
            box.backup(self.box.store._db)
            self.clock.moment, self.luck = moment, luck
            site.close()
            box.close()

    def reconcile(self):
        """Wait until Stripe knows its fees, then reconcile; returns the findings."""
        self.later(minutes=2)
        with self.inside():
            return reconcile()

    def our_books(self):
        """Return our ledger's sums by kind, without what did not come through Stripe."""
        with self.inside():
            return our_sums(db.session.execute(ENTRIES))

    def stripes_books(self):
        """Return the same sums as Stripe's balance transactions have them."""
        return stripes_sums(self.wire.get("/_sandbox/books").json["balance_transactions"])
