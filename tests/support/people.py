"""What supporters do in a world: pledging, paying, and what other programs leave on the same Stripe account."""

import secrets

from sqlalchemy import select

from fundsite.db import db, transaction
from fundsite.pledges.checkout import begin_checkout
from fundsite.pledges.models import Pledge
from fundsite.pledges.service import PledgeOrder
from fundsite.pledges.settlement import ask
from support.world import KEY

BEARER = {"Authorization": f"Bearer {KEY}"}
CARD = "4242424242424242"


def order_of(campaign_id, code="A", quantity=1, **values):
    """Return an order as a confirmed form makes it."""
    pieces = quantity if code else 0
    extra = values.pop("extra", 0 if code else 1_000)
    defaults = {"attempt": secrets.token_hex(12), "email": "hanako@example.jp", "name": "髙橋 花子", "locale": "ja"}
    total = 3_000 * pieces + extra
    amounts = {"reward_code": code, "quantity": pieces, "extra": extra, "total": total}
    return PledgeOrder(campaign_id=campaign_id, **{**defaults, **amounts, **values})


def pledged(world, campaign_id, *args, **values):
    """Pledge up to Stripe's page; return the pledge."""
    order = order_of(campaign_id, *args, **values)
    with world.inside():
        begin_checkout(order)
    return present(world, Pledge.attempt == order.attempt)


def present(world, which):
    """Return a pledge as it is now."""
    with world.inside():
        return db.session.scalars(select(Pledge).where(which)).one()


def pays(world, pledge, **how):
    """Pay on Stripe's page; nobody is told."""
    assert world.door(f"sessions/{pledge.checkout_session_id}/pay", how or {"card": CARD})


def somebody_elses(world, **marks):
    """Let another program open a session on the same account; return it."""
    wanted = {
        "mode": "payment",
        "success_url": "https://other.example/",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "jpy",
        "line_items[0][price_data][unit_amount]": "700",
        "line_items[0][price_data][product_data][name]": "Mug",
    }
    for name, value in marks.items():
        wanted |= {f"metadata[{name}]": value, f"payment_intent_data[metadata][{name}]": value}
    reply = world.wire.post("/v1/checkout/sessions", data=wanted, headers=BEARER)
    assert reply.status_code == 200, reply.text
    return reply.json


def change(world, *statements):
    """Change rows behind the product's back."""
    with world.inside(), transaction() as session:
        for statement in statements:
            session.execute(statement)


def faults(world, *api):
    """Let Stripe's API misbehave from now on; without any it is well again."""
    world.door("faults", {"api": list(api)})


def comes_back(world, pledge):
    """Come back from Stripe's page; return the pledge as it is then."""
    with world.inside():
        ask(db.session.get_one(Pledge, pledge.id))
    return present(world, Pledge.id == pledge.id)


def status_of(world, pledge):
    return present(world, Pledge.id == pledge.id).status


def gateway_of(world):
    return world.app.extensions["fundsite.gateway"]
