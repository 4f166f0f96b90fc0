"""The words of mails about reports: the notification to many, its test to one's own address, the follower's link."""

from html import escape
from typing import Any

from flask import render_template

from fundsite import labels
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import absolute
from fundsite.db import db
from fundsite.i18n import current_locale
from fundsite.i18n import gettext as _
from fundsite.mail import Letter, SheetWriter, Writer, styled
from fundsite.mail.writing import Fill
from fundsite.pledges import access
from fundsite.pledges.models import Pledge
from fundsite.settings import current_settings
from fundsite.site import current_site
from fundsite.updates.audience import PLEDGE, opened_by_follower, opening
from fundsite.updates.followers import follower_token, request_token
from fundsite.updates.following import Follower, FollowRequest
from fundsite.updates.models import Update

# What stands in a sheet where each recipient's own words come.
READ, STOP, WHY = "blank-for-the-address-to-read", "blank-for-the-address-to-stop", "blank-for-the-reason"


def localised(path: str) -> str:
    """Return the full address of a page in the language that is being written."""
    locale = current_locale()
    return absolute(path if locale == current_settings().locale else f"/{locale}{path}")


def _letter(event: str, context: dict[str, Any], *, inline: bool = False) -> Letter:
    site = current_site()
    html = render_template(f"mail/{event}/body.html", site=site, **context)
    return Letter(
        subject=" ".join(render_template(f"mail/{event}/subject.txt", site=site, **context).split()),
        text=render_template(f"mail/{event}/body.txt", site=site, **context).strip() + "\n",
        html=styled(html) if inline else html,
        sender_name=site.name,
        reply_to=site.contact_email,
        styled=inline,
    )


def _context(update: Update, campaign: Campaign, read_url: str, stop_url: str, why: str) -> dict[str, Any]:
    return {
        "header_title": campaign.title,
        "title": update.title,
        "author": update.author,
        "lead": update.lead,
        "only_for": "" if update.is_public else labels.audience(update.audience, campaign.wording),
        "read_url": read_url,
        "stop_url": stop_url,
        "why": why,
    }


def _notice(update_id: int) -> Fill:
    """Write the notification once and return what fills it in; it says nothing to whom the report is closed by now."""
    update = db.session.get_one(Update, update_id)
    campaign = db.session.get_one(Campaign, update.campaign_id)
    public = localised(f"/c/{campaign.slug}/updates/{update.number}/") if update.is_public else ""
    sheet = _letter("update_notice", _context(update, campaign, READ, STOP, WHY), inline=True)
    reasons = {False: _why_follower(campaign), True: _why_backer(update, campaign)}

    def fill(because: str, stop_url: str) -> Letter | None:
        kind, _colon, number = because.partition(":")
        own = _address(update, campaign, kind, int(number))
        if own is None:
            return None
        return _filled(sheet, {READ: public or own, STOP: stop_url, WHY: reasons[kind == PLEDGE]})

    return fill


def _filled(sheet: Letter, words: dict[str, str]) -> Letter:
    text, html = sheet.text, sheet.html
    for blank, word in words.items():
        text, html = text.replace(blank, word), html.replace(blank, escape(word))
    return Letter(sheet.subject, text, html, sheet.sender_name, sheet.reply_to, styled=True)


def _address(update: Update, campaign: Campaign, kind: str, number: int) -> str | None:
    """Return where a backer or a follower reads a report in private; None if it is not open to them now."""
    if kind == PLEDGE:
        row = db.session.execute(opening(update, number, Pledge.reference, Pledge.campaign_id)).one_or_none()
        if row is None:
            return None
        of = "" if row.campaign_id == campaign.id else f"{campaign.slug}/"
        return access.private_url(row.reference, f"updates/{of}{update.number}/", current_locale())
    follower = db.session.get(Follower, number)
    if follower is None or not opened_by_follower(update, follower):
        return None
    return localised(f"/followers/{follower_token(number)}/updates/{update.number}/")


def _why_backer(update: Update, campaign: Campaign) -> str:
    if update.audience == "monthly":
        return _("このメールは、マンスリーサポーターの方にお送りしています。")
    said = labels.words(campaign.wording)
    return _(
        "このメールは、『%(title)s』に%(pledge)sをお寄せくださった方に、その後のご報告としてお送りしています。"
    ) % {
        "title": campaign.title,
        "pledge": said.pledge,
    }


def _why_follower(campaign: Campaign) -> str:
    said = _("このメールは、『%(title)s』の活動報告をメールで受け取るとお申し込みくださった方にお送りしています。")
    return said % {"title": campaign.title}


def _test(update_id: int) -> Letter:
    update = db.session.get_one(Update, update_id)
    campaign = db.session.get_one(Campaign, update.campaign_id)
    read_url = localised(f"/c/{campaign.slug}/updates/{update.number}/")
    stop_url = localised(f"/c/{campaign.slug}/")
    return _letter("update_test", _context(update, campaign, read_url, stop_url, _why_backer(update, campaign)))


def _confirm(request_id: int) -> Letter:
    request = db.session.get_one(FollowRequest, request_id)
    campaign = db.session.get_one(Campaign, request.campaign_id)
    context = {"header_title": campaign.title, "confirm_url": localised(f"/follow/{request_token(request)}/")}
    return _letter("follow_confirm", context)


WRITERS: dict[str, Writer] = {"update_test": _test, "follow_confirm": _confirm}
SHEETS: dict[str, SheetWriter] = {"update_notice": _notice}
