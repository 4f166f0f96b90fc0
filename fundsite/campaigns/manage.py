"""The staff room's pages in which a campaign is written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import EDITOR, acting_staff, for_roles
from fundsite.campaigns import forms
from fundsite.campaigns.editing import (
    ChangedMeanwhile,
    EditRefused,
    all_for_staff,
    create_draft,
    find_for_staff,
    save_section,
    stored_pictures,
)
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.render import Values, finder
from fundsite.campaigns.sections import SECTIONS, version_of
from fundsite.i18n import gettext as _
from fundsite.markup import to_html
from fundsite.rows import RowsField

bp = Blueprint("campaigns_manage", __name__, url_prefix="/staff/campaigns")


@dataclass(frozen=True)
class Page:
    """How a section is shown: its form, and how typed values and stored ones become each other."""

    title: Callable[[], str]
    form: Callable[..., FlaskForm]
    typed: Callable[[Values], Values] = dict
    values: Callable[[FlaskForm], Values] | None = None


PAGES = {
    "basics": Page(lambda: _("基本情報"), forms.basics_form),
    "period": Page(lambda: _("募集期間"), forms.period_form, forms.period_typed, forms.period_values),
    "story": Page(lambda: _("本文"), forms.story_form),
    "budget": Page(lambda: _("資金の使いみち"), forms.budget_form),
    "faq": Page(lambda: _("よくあるご質問"), forms.faq_form),
    "partners": Page(lambda: _("連携団体"), forms.partners_form),
    "thanks": Page(lambda: _("お礼のことば"), forms.thanks_form),
}


def menu() -> list[tuple[str, str, dict[str, str]]]:
    """Return the sections of a campaign as label, endpoint and what its address needs."""

    def section(name: str) -> tuple[str, str, dict[str, str]]:
        return (PAGES[name].title(), "campaigns_manage.section", {"name": name})

    return [
        (_("公開の準備"), "pages_manage.overview", {}),
        section("basics"),
        section("period"),
        (_("目標金額"), "goals_manage.index", {}),
        (_("画像"), "gallery_manage.index", {}),
        section("story"),
        (_("リターン"), "rewards_manage.index", {}),
        *map(section, ("budget", "faq", "partners", "thanks")),
    ]


@bp.record_once
def _known_to_templates(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(campaign_menu=menu)


@bp.get("/edit")
@for_roles(EDITOR)
def index() -> ResponseReturnValue:
    """List the campaigns, drafts first."""
    return render_template("campaigns/manage/index.html", campaigns=all_for_staff())


@bp.route("/new", methods=["GET", "POST"])
@for_roles(EDITOR)
def new() -> ResponseReturnValue:
    """Make an empty draft."""
    form = forms.draft_form()
    if form.validate_on_submit():
        try:
            slug = create_draft(form.title.data, form.slug.data, acting_staff().id)
        except EditRefused as error:
            hold_against(form, error)
        else:
            flash(_("下書きを作りました。公開するまで、スタッフ以外には見えません。"))
            return redirect(url_for("pages_manage.overview", slug=slug), 303)
    return render_template("campaigns/manage/new.html", form=form), 422 if form.errors else 200


@bp.route("/<slug>/<name>", methods=["GET", "POST"])
@for_roles(EDITOR)
def section(slug: str, name: str) -> ResponseReturnValue:
    """Edit one section."""
    if name not in PAGES:
        abort(404)
    campaign = find_for_staff(slug)
    page = PAGES[name]
    before = SECTIONS[name].read(campaign)
    known = {} if set(before) & set(campaign.unset) else page.typed(before)
    form = page.form(data={**known, "version": version_of(before)})
    if request.method == "GET":
        return _shown(campaign, name, form)
    if _is_not_saving(form):
        return _shown(campaign, name, form, preview=_preview(campaign, form))
    if not form.validate():
        return _shown(campaign, name, form), 422
    return _save(campaign, name, form)


def _save(campaign: Campaign, name: str, form: FlaskForm) -> ResponseReturnValue:
    page = PAGES[name]
    values = page.values(form) if page.values else {field: form[field].data for field in SECTIONS[name].fields}
    try:
        save_section(name, campaign.id, form.version.data, values, acting_staff().id)
    except EditRefused as error:
        hold_against(form, error)
        return _shown(find_for_staff(campaign.slug), name, form), 422
    except ChangedMeanwhile as error:
        renewed(form, error.stored)
        theirs = page.form(formdata=None, data=page.typed(error.stored))
        return _shown(find_for_staff(campaign.slug), name, form, theirs=theirs), 409
    flash(_("保存しました。"))
    return redirect(url_for(".section", slug=values.get("slug", campaign.slug), name=name), 303)


def _shown(campaign: Campaign, name: str, form: FlaskForm, preview: str = "", theirs: FlaskForm | None = None) -> str:
    return render_template(
        "campaigns/manage/section.html",
        campaign=campaign,
        name=name,
        title=PAGES[name].title(),
        form=form,
        preview=preview,
        theirs=theirs,
    )


def _is_not_saving(form: FlaskForm) -> bool:
    """Whether a button asks for another look only: a row moved or added, or a preview. Nothing is saved then."""
    wish = request.form.get("rows", "")
    for field in form:
        if isinstance(field, RowsField) and wish:
            field.rearrange(wish)
    return bool(wish) or "preview" in request.form


def _preview(campaign: Campaign, form: FlaskForm) -> str:
    if "preview" not in request.form:
        return ""
    text = next((field.data for field in form if field.type == "MarkdownField"), "")
    return to_html(text or "", pictures=finder(stored_pictures(campaign.id))).html


def hold_against(form: FlaskForm, error: EditRefused) -> None:
    """Show a refusal beside the field that it is about."""
    field: Any = form[error.field]
    field.errors = [*field.errors, str(error)]


def renewed(form: FlaskForm, stored: Values) -> None:
    """Let the form, if it is sent once more, replace what is stored now: knowingly, since both are shown."""
    form.version.data = version_of(stored)
