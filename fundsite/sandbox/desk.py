"""The desk behind the payment page: each mode of a session has someone who knows it."""

from types import ModuleType

from fundsite.sandbox import payments, saving
from fundsite.sandbox.attempts import Chosen, Result, payable, with_payer
from fundsite.sandbox.billing import signup
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.methods import Payer

MODES: dict[str, ModuleType] = {"payment": payments, "setup": saving, "subscription": signup}


def attempt(box: Sandbox, session_id: str, chosen: Chosen, payer: Payer) -> Result:
    """Try to pay, to save a card or to subscribe, whatever an open session is for.

    A session that is already complete is left as it is and counts as succeeded, so that a form sent twice charges
    once. An expired session is refused.
    """
    with box.store.transaction():
        session = payable(box, session_id)
        if session["status"] == "complete":
            return Result("succeeded", session)
        session, payer = with_payer(box, session, chosen, payer)
        result: Result = MODES[session["mode"]].attempt(box, session, chosen, payer)
        return result


def authenticate(box: Sandbox, session_id: str, *, passed: bool) -> Result:
    """End the 3-D Secure step of an attempt; without such a step under way, report what is."""
    with box.store.transaction():
        session = payable(box, session_id)
        if session["status"] == "complete":
            return Result("succeeded", session)
        intent = waiting(box, session)
        if intent is None:
            return Result("idle", session)
        mode = MODES[session["mode"]]
        result: Result = (mode.passed if passed else mode.refused)(box, session, intent)
        return result


def waiting(box: Sandbox, session: JSON) -> JSON | None:
    """Return the intent whose payer stands before the bank's page, if there is one."""
    found: JSON | None = MODES[session["mode"]].waiting(box, session)
    return found
