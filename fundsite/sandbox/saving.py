"""Sessions in setup mode: a card is saved and nothing is charged."""

from typing import TYPE_CHECKING, cast

from fundsite.sandbox import setups
from fundsite.sandbox.attempts import Chosen, Result, challenge, complete, with_customer
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.methods import Payer

if TYPE_CHECKING:
    from fundsite.sandbox.cards import Card


def attempt(box: Sandbox, session: JSON, chosen: Chosen, payer: Payer) -> Result:
    """Try to save a card; one that the bank refuses leaves the session open."""
    card = cast("Card", chosen)  # nothing else is on offer in this mode
    intent = setups.try_card(box, box.need(setups.KIND, session["setup_intent"]), card, payer, challenge(session))
    if intent["status"] == "requires_action":
        return Result("requires_action", session)
    if intent["status"] == "requires_payment_method":
        return Result("declined", session, intent["last_setup_error"]["decline_code"])
    return _saved(box, session, intent)


def waiting(box: Sandbox, session: JSON) -> JSON | None:
    """Return the intent whose payer stands before the bank's page, if there is one."""
    intent = box.need(setups.KIND, session["setup_intent"])
    return intent if intent["status"] == "requires_action" else None


def passed(box: Sandbox, session: JSON, intent: JSON) -> Result:
    return _saved(box, session, intent)


def refused(box: Sandbox, session: JSON, intent: JSON) -> Result:
    setups.fail(box, intent, "authentication_failure", "setup_intent_authentication_failure")
    return Result("declined", session, "authentication_failure")


def _saved(box: Sandbox, session: JSON, intent: JSON) -> Result:
    session = with_customer(box, session)
    setups.succeed(box, intent | {"customer": session["customer"]})
    return complete(box, session, {})
