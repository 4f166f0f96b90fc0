"""Many pledges while webhooks and replies get lost and processes are killed, and every book held against Stripe's."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests
from sqlalchemy import func, select

from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward
from support.books import ENTRIES, our_sums, stripes_sums
from support.factories import Factory
from support.passer import Passer
from support.waiting import wait_until

SLUG, PRICE, LATE = "ie", 3_000, 3.0
MANY = 10**9
FAULTS = {
    "seed": 4,
    "webhooks": {"lose": 0.2, "double": 0.2, "late": 0.2, "late_seconds": LATE, "reorder": 0.1},
    "api": [{"match": "* /v1/*", "probability": 0.05, "times": MANY, "drop_reply_after_act": True}],
}
AN_HOUR = 3600
LONG = 1800  # seconds that the end of a large storm may take
KEPT = ("paid", "refunded")


@dataclass
class Outcome:
    """What came of it: figures to print, and every difference in one line."""

    counts: dict[str, object] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


class Storm:
    """A site with two web processes and two workers. `pass_over` is the bad weather, `compare` the day after."""

    def __init__(self, site, pledges):
        self.site, self.pledges, self.kills = site, pledges, Counter()
        self.replies_lost = 0
        self.dice = random.Random(4)  # noqa: S311 - chance, not secrecy
        self.stock = max(1, pledges // 20)
        make = Factory(site)
        campaign = make.campaign(SLUG)
        make.reward(campaign, "A", amount=PRICE)
        make.reward(campaign, "S", amount=2 * PRICE, stock=self.stock)
        codes = [self.dice.choice(("A", "A", "A", "S", "")) for _ in range(pledges)]
        self.people = [Passer(site, SLUG, code, number) for number, code in enumerate(codes)]

    def pass_over(self, *, threads, kill_every):
        """Let everybody pledge while it storms."""
        self.site.start("sandbox", "web", "worker")
        self.second = self.site.start_another_worker()
        self.site.stripe("faults", FAULTS)
        over = threading.Event()
        killer = threading.Thread(target=self._kill, args=(over, kill_every))
        killer.start()
        try:
            with ThreadPoolExecutor(threads) as crowd:
                list(crowd.map(Passer.pass_by, self.people))
        finally:
            over.set()
            killer.join()

    def _kill(self, over, every):
        """Kill one after the other; the next only once somebody answers again, so that it goes on on a slow machine."""
        victims = ("one web process", "worker", "web", self.second)
        while not over.wait(every):
            victim = victims[self.kills.total() % len(victims)]
            if victim != "one web process":
                self.site.reborn(victim)
            elif not self.site.kill_one_web_process():
                continue
            self.kills[victim.rstrip("0123456789")] += 1
            wait_until(lambda: over.is_set() or self.site._web_ready(), "web answers again", seconds=60)

    def settle(self):
        """Let what was held run out; then the sky clears, and the web server delivers what is still under way."""
        for name in ("worker", self.second):
            self.site.kill(name)
        self.site.stripe("clock", {"seconds": AN_HOUR})
        [fault] = self.site.stripe("faults")["api"]
        self.replies_lost = MANY - fault["times"]
        requests.delete(f"{self.site.stripe_url}/_sandbox/faults", timeout=60).raise_for_status()
        self.site.reborn("web")
        wait_until(self.site._web_ready, "web is ready", seconds=60)
        self._delivered()

    def _delivered(self):
        for status in ("held", "pending"):
            wait_until(
                lambda status=status: not self.site.stripe(f"deliveries?status={status}")["deliveries"],
                f"no webhook was {status}",
                seconds=LONG,
                pause=0.5,
            )

    def compare(self):
        """Reconcile, and return what differs after that."""
        first, found = self._reconciled()
        self.site.start("worker")
        self.site.start_another_worker()
        last, rest = self._reconciled()
        if ", 0 applied, " not in last:
            rest.append(f"reconcile: applied something when nothing was left to apply: {last}")
        assert self.site.command("worker", "--once", seconds=LONG) == 0  # the mails that are left
        code, said = self.site.told("check", seconds=LONG)
        differing = [*found, *rest, *(said if code else []), *self._books(), *self._stock(), *self._charged()]
        counts = {"reconcile": {"": first, "again": last}, **self._counts()}
        return Outcome(counts, [*differing, *self.site.complaints()])

    def _reconciled(self):
        """Run `fundsite reconcile`; return its last line, and what it cannot explain."""
        code, said = self.site.told("reconcile", seconds=LONG)
        return said[-1], [line for line in said if code and not line.startswith("applied")]

    def _books(self):
        ours = our_sums(self.site.rows(ENTRIES))
        stripes = stripes_sums(self.site.stripe("books")["balance_transactions"])
        if ours != stripes:
            yield f"books: ours say {ours}, Stripe's {stripes}"

    def _stock(self):
        held = select(func.coalesce(func.sum(Pledge.quantity), 0)).join(Reward, Reward.id == Pledge.reward_id)
        taken = self.site.one(held.where(Reward.stock.is_not(None), Pledge.status.in_(KEPT)))
        if taken > self.stock:
            yield f"stock: {taken} of {self.stock} were sold"
        for reference, status in self.site.rows(
            select(Pledge.reference, Pledge.status).where(Pledge.status.in_(("pending", "waiting")))
        ):
            yield f"pledge {reference}: is {status} after everything"

    def _charged(self):
        """Hold who was charged at Stripe against our pledges, and against what people saw themselves."""
        rows = self.site.rows(select(Pledge.reference, Pledge.email, Pledge.status))
        known = {reference: (email, status) for reference, email, status in rows}
        charges = [line for line in self.site.stripe("books")["charges"] if line["status"] == "succeeded"]
        people = Counter()
        for charge in charges:
            email, status = known.get(charge["metadata"].get("fundsite_reference"), ("", "no pledge"))
            people[email] += 1
            if status not in KEPT or (status == "refunded") != (charge["amount_refunded"] == charge["amount"]):
                yield f"charge {charge['id']}: {charge['amount_refunded']} refunded, its pledge is {status}"
        for email, times in people.items():
            if times > 1:
                yield f"{email}: charged {times} times"
        seen = {person.email for person in self.people if person.accepted}
        for email in seen ^ set(people):
            yield f"{email}: {'paid, but Stripe has no charge' if email in seen else 'charged without paying'}"

    def _counts(self):
        statuses = self.site.rows(select(Pledge.status, func.count()).group_by(Pledge.status))
        hooks = self.site.stripe("deliveries")["deliveries"]
        logs = list(self.site.folder.glob("*.log"))
        of_event = Counter(hook["event_id"] for hook in hooks)
        return {
            "pledges": {"started": sum(number for _, number in statuses), **dict(tuple(row) for row in statuses)},
            "people": dict(Counter(person.came for person in self.people)),
            "repeated by hand": sum(person.repeats for person in self.people),
            "webhooks": {
                **Counter(hook["status"] for hook in hooks),
                "doubled": sum(1 for times in of_event.values() if times > 1),
                f"under way {LATE:g} s or more": sum(1 for hook in hooks if _lateness(hook) >= LATE),
            },
            "API replies lost": self.replies_lost,
            "kill -9": dict(self.kills),
            "mails": len(self.site.letterbox.mails),
            "applied by reconcile, the workers' too": sum(
                log.read_text().count('"event": "reconciled"') for log in logs
            ),
        }


def _lateness(hook):
    """Return how many seconds a webhook was under way; its row keeps when it would have been tried again."""
    pause = 0.1 * 2 ** (hook["attempts"] - 1)
    return hook["next_at"] - pause - hook["created"] if hook["status"] == "delivered" else 0.0


def weathered(storm, *, threads, kill_every):
    """Run a storm from its first pledge to the comparison of all books."""
    began = time.monotonic()
    storm.pass_over(threads=threads, kill_every=kill_every)
    stormed = time.monotonic() - began
    storm.settle()
    outcome = storm.compare()
    outcome.counts["seconds"] = f"{stormed:.0f} of storm, {time.monotonic() - began - stormed:.0f} to settle"
    return outcome
