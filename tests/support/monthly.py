"""A site with a sandbox of its own, whose clock is moved from month to month."""

import requests
from sqlalchemy import select

from fundsite.pledges.models import Pledge
from support.factories import pledged
from support.site import session_id_of

KEY = ("sk_test_notAKey", "")
DECLINES = "4000000000000341"


class MonthlySite:
    """What happens to one monthly supporter. Nothing is delivered by itself."""

    def __init__(self, site):
        self.site, self.heard = site, set()

    def sign_up(self, *, tell=True, **typed):
        """Pledge and pay on Stripe's page; return the session's id."""
        session_id = session_id_of(pledged(self.site.browser(), slug="maitsuki", **typed))
        self.site.pay(session_id)
        if tell:
            self.tell()
        return session_id

    @property
    def subscription_id(self):
        return self.ask("subscriptions", status="all")["data"][0]["id"]

    def subscription(self):
        return self.ask(f"subscriptions/{self.subscription_id}")

    def ask(self, path, **params):
        """Ask Stripe's API."""
        reply = requests.get(f"{self.site.stripe_url}/v1/{path}", params=params, auth=KEY, timeout=10)
        reply.raise_for_status()
        return reply.json()

    def news(self):
        """Return the events that were not delivered yet, the oldest first."""
        found, after = [], {}
        while True:
            page = self.ask("events", limit=100, **after)
            found += page["data"]
            if not page["has_more"]:
                break
            after = {"starting_after": page["data"][-1]["id"]}
        fresh = [event for event in reversed(found) if event["id"] not in self.heard]
        self.heard |= {event["id"] for event in fresh}
        return fresh

    def tell(self, events=None):
        """Deliver events, or all that were not delivered yet."""
        for event in self.news() if events is None else events:
            assert self.site.deliver(event).status_code == 200

    def card(self, number):
        """Change the card as in the portal."""
        return self.site.stripe(f"subscriptions/{self.subscription_id}/card", {"card": number})

    def next_month(self):
        """Go to the next renewal, when its invoice is charged."""
        self.site.stripe(f"subscriptions/{self.subscription_id}/renew", {})

    def days(self, days):
        self.site.stripe("clock", {"days": days})

    def status(self):
        return self.site.one(select(Pledge.status))
