"""The pages that stay after Checkout: the codes for a store, the account for a transfer, the payer's buttons."""

from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, Response, request

from fundsite.sandbox import cash, jobs, konbini
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.pages import landing, render, see
from fundsite.sandbox.words import money, words_for

OVER = 1000


def register(app: Flask, box: Sandbox) -> None:
    """Add both pages and their buttons."""
    for rule, name, show, act in (
        ("/konbini/voucher/<session_id>", "voucher", show_voucher, act_voucher),
        ("/bank-transfer/<session_id>", "transfer", show_transfer, act_transfer),
    ):
        app.add_url_rule(rule, f"{name}.show", partial(_guarded, box, show, show))
        app.add_url_rule(rule, f"{name}.act", partial(_guarded, box, act, show), methods=["POST"])


def _guarded(box: Sandbox, view: Any, show: Any, session_id: str) -> Response:
    jobs.run_due(box)
    session = box.store.get(session_id, "checkout.session")
    intent = box.store.get((session or {}).get("payment_intent") or "")
    if session is None or intent is None:
        return render("finished.html", 404, session, state="missing", link=None)
    try:
        response: Response = view(box, session, intent)
    except StripeError:  # the button came too late
        response = show(box, session, box.need("payment_intent", intent["id"]))
    return response


def _common(session: JSON, intent: JSON) -> JSON:
    lang = words_for(session)["lang"]
    return {"intent": intent, "link": landing(session), "money": lambda sum_: money(sum_, intent["currency"], lang)}


def show_voucher(_box: Sandbox, session: JSON, intent: JSON) -> Response:
    details = (intent["next_action"] or {}).get("konbini_display_details") or {}
    until = datetime.fromtimestamp(details.get("expires_at", 0), konbini.JST)
    return render("voucher.html", 200, session, details=details, until=until, **_common(session, intent))


def act_voucher(box: Sandbox, session: JSON, intent: JSON) -> Response:
    if request.form.get("outcome") == "expire":
        konbini.lapse(box, intent["id"])
    else:
        konbini.pay(box, intent["id"], request.form.get("store", konbini.CHAINS[0]))
    return _again(box, session)


def show_transfer(_box: Sandbox, session: JSON, intent: JSON) -> Response:
    details = (intent["next_action"] or {}).get(cash.ACTION) or {}
    return render("transfer.html", 200, session, details=details, **_common(session, intent))


def act_transfer(box: Sandbox, session: JSON, intent: JSON) -> Response:
    if not cash.is_waiting(intent):
        return _again(box, session)
    remaining = intent["next_action"][cash.ACTION]["amount_remaining"]
    amounts = {"short": max(remaining // 2, 1), "over": remaining + OVER}
    amount = amounts.get(request.form.get("outcome", ""), remaining)
    cash.fund(box, {"amount": amount, "currency": intent["currency"]}, intent["customer"])
    return _again(box, session)


def _again(box: Sandbox, session: JSON) -> Response:
    box.nudge.set()
    return see(request.path if session["status"] == "complete" else landing(session))
