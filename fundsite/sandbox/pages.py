"""The hosted payment page: plain forms, no script, and plainly a test."""

from functools import partial
from typing import Any

from flask import Flask, Response, render_template, request

from fundsite.sandbox import desk, jobs, payform, sessions
from fundsite.sandbox.attempts import Result
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.lists import line_items
from fundsite.sandbox.payform import LATER, SAVING, SHORTCUTS, PayForm
from fundsite.sandbox.words import money, words_for

# No form-action: it would also forbid the way back to the seller after the form.
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
RULE = "/c/pay/<session_id>"


def register(app: Flask, box: Sandbox) -> None:
    """Add the page, its form and the authentication step."""
    app.add_url_rule(RULE, "pay.show", partial(_guarded, box, show))
    app.add_url_rule(RULE, "pay.submit", partial(_guarded, box, submit), methods=["POST"])
    app.add_url_rule(f"{RULE}/challenge", "challenge.show", partial(_guarded, box, show_challenge))
    app.add_url_rule(f"{RULE}/challenge", "challenge.end", partial(_guarded, box, end_challenge), methods=["POST"])


def _guarded(box: Sandbox, view: Any, session_id: str) -> Response:
    """Answer with the page of an unknown or finished session where there is nothing to pay."""
    jobs.run_due(box)
    session = box.store.get(session_id, "checkout.session")
    if session is None:
        return render("finished.html", 404, session, state="missing", link=None)
    if session["status"] == "complete" and request.method == "POST":
        return _to_seller(session)
    if session["status"] != "open":
        return _finished(session)
    try:
        response: Response = view(box, session)
    except StripeError:  # it ended between these lines
        return _finished(box.need("checkout.session", session_id))
    return response


def render(template: str, status: int, session: JSON | None, **values: Any) -> Response:
    """Answer with a page in the words of its session, which nobody keeps and nothing frames."""
    words = words_for(session)
    page = render_template(template, session=session, w=words, **values)
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response(page, status, headers | {"X-Robots-Tag": "noindex"})


def _finished(session: JSON) -> Response:
    state = session["status"]
    link = landing(session) if state == "complete" else session["cancel_url"]
    return render("finished.html", 200 if state == "complete" else 410, session, state=state, link=link)


def landing(session: JSON) -> str:
    """Return where the payer goes after paying, with the session's id where the seller wants it."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _to_seller(session: JSON) -> Response:
    return see(landing(session))


def _form(box: Sandbox, session: JSON, form: PayForm, status: int = 200, problem: str = "") -> Response:
    lang = words_for(session)["lang"]
    return render(
        "pay.html",
        status,
        session,
        form=form,
        problem=problem,
        known_email=sessions.known_email(box, session),
        lines=line_items(box, {"limit": 100}, session["id"])["data"],
        money=partial(_money, session["currency"], lang),
        shortcuts=SHORTCUTS if session["mode"] == "payment" else SHORTCUTS | SAVING,
        later=[method for method in LATER if method in session["payment_method_types"]],
    )


def _money(currency: str, lang: str, amount: int | None) -> str:
    return "" if amount is None else money(amount, currency, lang)


def show(box: Sandbox, session: JSON) -> Response:
    return _form(box, session, PayForm({}))


def submit(box: Sandbox, session: JSON) -> Response:
    """Try to pay with what was typed, or with the card of the button that was pressed."""
    form = payform.read(request.form, email_known=bool(sessions.known_email(box, session)))
    if form.chosen is None:
        return _form(box, session, form, 422)
    return _after(box, desk.attempt(box, session["id"], form.chosen, form.payer), form)


def show_challenge(box: Sandbox, session: JSON) -> Response:
    if desk.waiting(box, session) is None:
        return _back(session)
    amount = _money(session["currency"], words_for(session)["lang"], session["amount_total"])
    return render("challenge.html", 200, session, amount=amount)


def end_challenge(box: Sandbox, session: JSON) -> Response:
    passed = request.form.get("outcome") == "complete"
    return _after(box, desk.authenticate(box, session["id"], passed=passed), PayForm({}))


def _after(box: Sandbox, result: Result, form: PayForm) -> Response:
    """Send the payer where an attempt leads: to the seller, to the bank, or back to the form."""
    box.nudge.set()
    session = result.session
    if result.outcome in ("succeeded", "waiting"):
        return _to_seller(session)
    if result.outcome == "requires_action":
        return see(f"/c/pay/{session['id']}/challenge")
    if result.outcome == "declined":
        return _form(box, session, form, 402, words_for(session)[result.decline or "generic_decline"])
    return _back(session)


def _back(session: JSON) -> Response:
    return see(f"/c/pay/{session['id']}")


def see(path: str) -> Response:
    """Send the browser on, with a GET."""
    return Response(status=303, headers={"Location": path})
