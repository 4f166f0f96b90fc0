"""The customer portal: a session of it, and the page on which a subscriber changes the card or ends it all."""

from functools import partial
from typing import Any

from flask import Flask, Response, request

from fundsite.sandbox import jobs, methods
from fundsite.sandbox.billing import renewals, subscriptions
from fundsite.sandbox.cards import Card
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import bad_param
from fundsite.sandbox.pages import render, see
from fundsite.sandbox.store import Wanted
from fundsite.sandbox.words import money, words_for

KIND = "billing_portal.session"
RULE = "/p/session/<portal_id>"
CARDS = {"card_4242": "4242424242424242", "card_0341": "4000000000000341"}


def create(box: Sandbox, params: JSON, base_url: str) -> JSON:
    """Open the portal for a customer."""
    if "customer" not in params:
        raise bad_param("Missing required param: customer.", "customer", "parameter_missing")
    box.need("customer", params["customer"], param="customer", status=400)
    born = box.born("bps")
    return box.store.add(
        {
            **blank(KIND),
            **born,
            "configuration": params.get("configuration", "bpc_sandbox"),
            "customer": params["customer"],
            "flow": params.get("flow_data"),
            "locale": params.get("locale"),
            "return_url": params.get("return_url"),
            "url": f"{base_url}/p/session/{born['id']}",
        }
    )


def register(app: Flask, box: Sandbox) -> None:
    """Add the page and its buttons."""
    app.add_url_rule(RULE, "portal.show", partial(_guarded, box, show))
    app.add_url_rule(RULE, "portal.act", partial(_guarded, box, act), methods=["POST"])


def _guarded(box: Sandbox, view: Any, portal_id: str) -> Response:
    jobs.run_due(box)
    portal = box.store.get(portal_id, KIND)
    if portal is None:
        return render("finished.html", 404, None, state="missing", link=None)
    response: Response = view(box, portal)
    return response


def show(box: Sandbox, portal: JSON) -> Response:
    lang = words_for(portal)["lang"]
    mine = _mine(box, portal)
    cards = {one["id"]: (box.store.get(one["default_payment_method"] or "") or {}).get("card") for one in mine}
    return render(
        "portal.html",
        200,
        portal,
        subscriptions=mine,
        cards=cards,
        shortcuts=CARDS,
        money=lambda item: money(item["price"]["unit_amount"] * item["quantity"], item["price"]["currency"], lang),
    )


def act(box: Sandbox, portal: JSON) -> Response:
    """Do what a button says to the subscription that it stands beside."""
    asked = request.form.get("outcome", "")
    with box.store.transaction():
        for subscription in _mine(box, portal):
            if subscription["id"] == request.form.get("subscription"):
                _do(box, subscription, asked)
    box.nudge.set()
    return see(request.path)


def _do(box: Sandbox, subscription: JSON, asked: str) -> None:
    if asked in CARDS:
        method = methods.keep_card(box, Card(CARDS[asked]), None)
        set_card(box, subscription, method)
    elif asked in ("cancel", "resume") and subscription["status"] != "canceled":
        subscriptions.update(box, {"cancel_at_period_end": asked == "cancel"}, subscription["id"])


def set_card(box: Sandbox, subscription: JSON, method: JSON) -> JSON:
    """Save a card with the subscriber, set up as the portal does, and use it from now on."""
    methods.mark_set_up(box, method["id"])
    methods.give_to(box, method, subscription["customer"])
    return renewals.new_card(box, subscription, method["id"])


def _mine(box: Sandbox, portal: JSON) -> list[JSON]:
    return box.store.select(Wanted(subscriptions.KIND, link=("customer", portal["customer"])), 100)
