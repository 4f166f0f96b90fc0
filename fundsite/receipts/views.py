"""Receipts for those whom they are made out to, behind the token of a mailed link."""

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from fundsite.access import public
from fundsite.receipts.files import pdf_of
from fundsite.receipts.links import opened_by

bp = Blueprint("mailed_receipts", __name__)


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
