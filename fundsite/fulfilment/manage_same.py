"""Pledges that look like one supporter's: staff decide, and can take it back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fundsite.access import FULFILMENT, acting_staff, for_roles
from fundsite.fulfilment.backer_index import keep_newest
from fundsite.fulfilment.backer_same import EMAIL, KEYS, likenesses, note_apart, note_different, note_same
from fundsite.i18n import gettext as _

bp = Blueprint("backers_same", __name__, url_prefix="/staff/backers/same")


@bp.get("/")
@for_roles(FULFILMENT)
def index() -> ResponseReturnValue:
    """Show what looks alike and is not decided."""
    kind = request.args.get("kind", EMAIL)
    kind = kind if kind in KEYS else EMAIL
    keep_newest()
    return render_template("fulfilment/backers_same.html", kind=kind, found=likenesses(kind))


@bp.post("/one")
@for_roles(FULFILMENT)
def one() -> ResponseReturnValue:
    """Note pledges as one supporter's."""
    count = note_same(request.form.getlist("reference"), acting_staff().id)
    flash(_("同じ支援者として記録しました。") if count else _("2件以上を選んでください。"))
    return redirect(_back(), 303)


@bp.post("/apart")
@for_roles(FULFILMENT)
def apart() -> ResponseReturnValue:
    """Take a pledge out again."""
    note_apart(request.form.get("apart", ""), acting_staff().id)
    flash(_("別の支援者に戻しました。"))
    return redirect(_back(), 303)


@bp.post("/different")
@for_roles(FULFILMENT)
def different() -> ResponseReturnValue:
    """Note that a likeness is of different people."""
    note_different(request.form.get("kind", ""), request.form.get("key", "")[:64], acting_staff().id)
    flash(_("別の支援者として記録しました。この組はもう表示されません。"))
    return redirect(_back(), 303)


def _back() -> str:
    """Return to the supporter from whose page this was sent, or to the list of likenesses."""
    reference = request.form.get("back", "")
    if reference:
        return url_for("backers.show", reference=reference)
    return url_for("backers_same.index", kind=request.form.get("kind", EMAIL))
