"""Stripe takes its time: nobody else waits for it."""

from concurrent.futures import ThreadPoolExecutor

import stripe

from fundsite.db import db
from support.factories import confirmed

SUPPORTERS = 40
SLOW = {"match": "POST /v1/checkout/sessions", "delay_seconds": 2.0}


def test_while_stripe_takes_two_seconds_no_connection_is_held_and_forty_supporters_are_served(site, make, monkeypatch):
    make.reward(make.campaign(), stock=SUPPORTERS)
    visitors = [site.browser() for _ in range(SUPPORTERS)]
    forms = [confirmed(visitor, email=f"supporter{number}@example.jp") for number, visitor in enumerate(visitors)]
    held, ask = [], stripe.RequestsClient.request

    def watched(self, *args, **kwargs):
        """Note whether whoever talks to Stripe has a transaction, and with it a connection, of their own."""
        held.append(db.session().in_transaction())
        return ask(self, *args, **kwargs)

    monkeypatch.setattr(stripe.RequestsClient, "request", watched)

    def confirm(number):
        return visitors[number].post("/c/ie/pledge/confirm", data=forms[number]).status_code

    with site.faults(api=[SLOW]), ThreadPoolExecutor(SUPPORTERS) as pool:
        found = list(pool.map(confirm, range(SUPPORTERS)))
    assert found == [303] * SUPPORTERS
    assert len(held) >= SUPPORTERS
    assert not any(held)
    assert site.check() == []
