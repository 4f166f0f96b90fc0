"""A supporter of many: goes through the pages as a browser does, and tries again where a person would."""

import random
import re
import time

import requests

from support.factories import BACKER
from support.site import hidden_fields

LEAVES, GIVES_UP, DECLINED, STOPS, SHUTS, REFUNDED = 0.10, 0.08, 0.10, 0.04, 0.20, 0.03
GOOD, DECLINING = "card_4242", "card_0002"
PATIENCE = 180  # seconds; the machine may be busy
BACK = re.compile(r'href="[^"]*(/pledges/[^"/]+)/left"')
SOLD_OUT = 409


class Passer:
    """One person with one wish. `came` says what they saw of it at the end, `accepted` whether their card was taken."""

    def __init__(self, site, slug, code, number):
        self.site, self.slug, self.code = site, slug, code
        self.email = f"p{number}@example.jp"
        self.dice = random.Random(number)  # noqa: S311 - chance, not secrecy
        self.visitor = site.visitor()
        self.repeats, self.accepted, self.came = 0, False, "nowhere"

    def pass_by(self):
        """Do it all, up to the end that this person is made for."""
        place = self._to_payment()
        if place is None:
            self.came = "sold out"
        elif "/c/pay/" in place:
            self._at_payment(place)
        else:
            self._thanks(place)

    def _patient(self, ask, path, **what):
        """Ask again while nobody answers, or somebody says that it went wrong."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                reply = ask(path, **what)
                if reply.status_code not in (500, 502, 503, 504):
                    return reply
            except requests.RequestException:
                reply = None
            assert time.monotonic() < end, f"{path}: {reply}"
            self.repeats += 1
            time.sleep(self.dice.uniform(0.1, 0.6))

    def _to_payment(self):
        """Fill the form and confirm; return where that leads, None where it is sold out."""
        form = self._patient(self.visitor.get, f"/c/{self.slug}/pledge", params={"reward": self.code})
        if form.status_code == SOLD_OUT:
            return None
        typed = {**hidden_fields(form.text), **BACKER, "email": self.email, "extra": str(self.dice.randrange(500, 900))}
        shown = self._patient(self.visitor.post, f"/c/{self.slug}/pledge", data=typed)
        if shown.status_code == SOLD_OUT:
            return None
        assert shown.status_code == 200, shown.text
        answer = self._patient(self.visitor.post, f"/c/{self.slug}/pledge/confirm", data=hidden_fields(shown.text))
        if answer.status_code == SOLD_OUT:
            return None
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def _at_payment(self, place):
        page = requests.get(place, timeout=60)
        room = BACK.search(page.text)
        if room is None:  # the same order was paid or ended before
            self.came = "finished"
        elif self._happens(LEAVES):
            self.came = "left"
        elif self._happens(GIVES_UP):
            self._give_up(room[1])
        elif self._happens(DECLINED) and self._pay(place, DECLINING) is None and self._happens(STOPS / DECLINED):
            self.came = "declined"
        else:
            self._paid(place)

    def _happens(self, chance):
        return self.dice.random() < chance

    def _give_up(self, room):
        left = self._patient(self.visitor.get, f"{room}/left")
        self._patient(self.visitor.post, f"{room}/give-up", data=hidden_fields(left.text))
        self.came = "gave up"

    def _pay(self, place, card):
        """Press a button of the payment page; return where it leads, None where the card was declined."""
        reply = requests.post(place, {"outcome": card, "email": self.email}, allow_redirects=False, timeout=60)
        assert reply.status_code in (303, 402), reply.text
        return reply.headers.get("Location")

    def _paid(self, place):
        thanks = self._pay(place, GOOD)
        self.accepted, self.came = True, "shut the window"
        if self._happens(REFUNDED):
            self.site.stripe(f"payments/{place.rpartition('/')[2].partition('#')[0]}/refund", {})
        if not self._happens(SHUTS):
            self._thanks(thanks)

    def _thanks(self, address):
        page = self._patient(self.visitor.get, address.removeprefix(self.site.url))
        assert page.status_code in (200, 303), page.text
        self.came = "thanked"
