"""The receipts of a pledge, behind the token of its room."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from fundsite.access import public
from fundsite.receipts.files import pdf_of
from fundsite.receipts.links import receipts_of
from fundsite.receipts.views import pdf_answer
from fundsite.supporters.room import opened

bp = Blueprint("room_receipts", __name__, url_prefix="/pledges/<token>/receipt")


@bp.get("/<label>.pdf")
@public
def file(token: str, label: str) -> ResponseReturnValue:
    """Give a receipt of the pledge whose room this is."""
    pledge = opened(token)
    found = next((receipt for receipt in receipts_of(pledge.id) if receipt.label == label), None)
    if found is None:
        abort(404)
    return pdf_answer(pdf_of([found.id]), label)
