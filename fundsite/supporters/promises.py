"""What a supporter does about a saved card, behind their private link: withdraw until the end, pay after a decline."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from fundsite.access import public
from fundsite.limits import pledge_limit
from fundsite.pledges.promised.paying_again import pay_again
from fundsite.pledges.promised.saving import TooLate, withdraw
from fundsite.pledges.service import CheckoutUnavailable
from fundsite.supporters.room import opened, unavailable

bp = Blueprint("promises", __name__, url_prefix="/pledges/<token>")


@bp.post("/withdraw", endpoint="withdraw")
@public
def leave_it(token: str) -> ResponseReturnValue:
    """Withdraw a promise; after the end of the campaign say that it is too late."""
    try:
        withdraw(opened(token).id)
    except TooLate:
        return redirect(url_for("room.room", token=token, late=1), 303)
    return redirect(url_for("room.room", token=token), 303)


@bp.post("/pay")
@public
@pledge_limit
def pay(token: str) -> ResponseReturnValue:
    """Lead to a checkout page for a pledge whose saved card was declined."""
    try:
        return redirect(pay_again(opened(token).id), 303)
    except CheckoutUnavailable as error:
        return unavailable(opened(token), error)
