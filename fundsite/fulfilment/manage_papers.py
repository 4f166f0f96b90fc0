"""A batch's papers, to print: labels, what to take, slips."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fundsite.access import FULFILMENT, acting_staff, for_roles
from fundsite.fulfilment import papers
from fundsite.fulfilment.corrections import find_batch
from fundsite.fulfilment.errors import NoSuchBatch, NotReady
from fundsite.fulfilment.labels import sheets
from fundsite.fulfilment.manage import no_such_batch
from fundsite.i18n import gettext as _

bp = Blueprint("shipping_papers", __name__, url_prefix="/staff/shipping/batches/<int:number>/papers")

bp.register_error_handler(NoSuchBatch, no_such_batch)


@bp.errorhandler(NotReady)
def not_ready(_error: NotReady) -> ResponseReturnValue:
    """Lead back to the batch."""
    flash(_("締め切ると、印刷できます。"))
    return redirect(url_for("shipping_batch.show", **(request.view_args or {})), 303)


@bp.get("/")
@for_roles(FULFILMENT)
def show(number: int) -> ResponseReturnValue:
    """Offer the papers."""
    batch = find_batch(number)
    return render_template("fulfilment/papers.html", batch=batch, sheets=sheets())


@bp.get("/labels.pdf")
@for_roles(FULFILMENT)
def labels(number: int) -> ResponseReturnValue:
    """Give sheets of address labels."""
    up, start = request.args.get("up", 12, int), request.args.get("start", 1, int)
    return _pdf(papers.labels(number, up, start, acting_staff().id), f"labels-{number}")


@bp.get("/pick.pdf")
@for_roles(FULFILMENT)
def pick(number: int) -> ResponseReturnValue:
    """Give the list of what to take."""
    return _pdf(papers.pick_list(number, acting_staff().id), f"pick-{number}")


@bp.get("/slips.pdf")
@for_roles(FULFILMENT)
def slips(number: int) -> ResponseReturnValue:
    """Give a slip for each parcel."""
    return _pdf(papers.slips(number, acting_staff().id), f"slips-{number}")


def _pdf(content: bytes, name: str) -> Response:
    response = Response(content, content_type="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.pdf")
    return response
