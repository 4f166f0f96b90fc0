"""Receipts for those whom they are made out to: behind the token of their room, or of a mailed link."""

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from fundsite.access import public
from fundsite.pledges.service import find_by_token
from fundsite.receipts.files import pdf_of
from fundsite.receipts.links import opened_by, receipts_of

bp = Blueprint("receipt_room", __name__)


@bp.get("/pledges/<token>/receipt/<label>.pdf")
@public
def file(token: str, label: str) -> ResponseReturnValue:
    """Give a receipt of the pledge whose room this is."""
    pledge = find_by_token(token)
    offered = receipts_of(pledge.id) if pledge is not None else []
    found = next((receipt for receipt in offered if receipt.label == label), None)
    if found is None:
        abort(404)
    return pdf_answer(pdf_of([found.id]), label)


@bp.get("/receipts/<token>.pdf")
@public
def mailed(token: str) -> ResponseReturnValue:
    """Give the receipt that a mail led to."""
    receipt = opened_by(token)
    if receipt is None:
        abort(404)
    return pdf_answer(pdf_of([receipt.id]), receipt.label)


def pdf_answer(data: bytes, name: str) -> Response:
    """Answer with a file that nobody on the way keeps."""
    response = Response(data, content_type="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.pdf")
    response.headers["Cache-Control"] = "private, no-store"
    return response
