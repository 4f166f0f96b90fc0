"""The words of mails about reports: the notification to many, its test to one's own address, the follower's link."""

from dataclasses import dataclass
from html import escape
from typing import Any

from flask import render_template

from fundsite import labels
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import localised
from fundsite.db import db
from fundsite.i18n import current_locale
from fundsite.i18n import gettext as _
from fundsite.mail import Letter, SheetWriter, Writer, styled
from fundsite.mail.writing import Fill
from fundsite.pledges import access
from fundsite.pledges.models import Pledge
from fundsite.site import current_site
from fundsite.updates.audience import PLEDGE, opened_by_follower, opening
from fundsite.updates.followers import follower_token, request_token
from fundsite.updates.following import Follower, FollowRequest
from fundsite.updates.models import EVERYONE, FOLLOWERS, MONTHLY, PUBLISHED, Milestone, Update

# What stands in a sheet where each recipient's own words come.
READ, STOP, WHY = "blank-for-the-address-to-read", "blank-for-the-address-to-stop", "blank-for-the-reason"


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


@dataclass(frozen=True)
class Subject:
    """What a notification tells of a report: as it stands, or as it is being written."""

    title: str
    author: str
    lead: str
    audience: str


def _subject(update: Update) -> Subject:
    return Subject(update.title, update.author, update.lead, update.audience)


def _context(subject: Subject, campaign: Campaign, read_url: str, stop_url: str, why: str) -> dict[str, Any]:
    is_public = subject.audience == EVERYONE
    return {
        "header_title": campaign.title,
        "title": subject.title,
        "author": subject.author,
        "lead": subject.lead,
        "only_for": "" if is_public else labels.audience(subject.audience, campaign.wording),
        "read_url": read_url,
        "stop_url": stop_url,
        "why": why,
    }


def _sheet(subject: Subject, campaign: Campaign) -> Letter:
    """Write a notification with blanks for what differs from reader to reader."""
    return _letter("update_notice", _context(subject, campaign, READ, STOP, WHY), inline=True)


def sample(subject: Subject, campaign: Campaign) -> Letter:
    """Return a notification as its readers will get it; its links lead to the campaign."""
    home = localised(f"/c/{campaign.slug}/")
    return _filled(_sheet(subject, campaign), {READ: home, STOP: home, WHY: _why(subject, campaign)})


def _notice(update_id: int) -> Fill:
    """Write the notification once and return what fills it in.

    It says nothing to whom the report is closed by now, and nothing at all of one that was withdrawn.
    """
    update = db.session.get_one(Update, update_id)
    if update.status != PUBLISHED:
        return lambda _because, _stop_url: None
    campaign = db.session.get_one(Campaign, update.campaign_id)
    public = localised(f"/c/{campaign.slug}/updates/{update.number}/") if update.is_public else ""
    sheet = _sheet(_subject(update), campaign)
    reasons = {False: _why_follower(campaign), True: _why_backer(update.audience, campaign)}

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
        row = db.session.execute(
            opening(update, number, Pledge.reference, Pledge.link_number, Pledge.campaign_id)
        ).one_or_none()
        if row is None:
            return None
        of = "" if row.campaign_id == campaign.id else f"{campaign.slug}/"
        return access.private_url(row.reference, f"updates/{of}{update.number}/", current_locale(), row.link_number)
    follower = db.session.get(Follower, number)
    if follower is None or not opened_by_follower(update, follower):
        return None
    return localised(f"/followers/{follower_token(number)}/updates/{update.number}/")


def _why(subject: Subject, campaign: Campaign) -> str:
    """Say what most readers of a report get as the reason."""
    return _why_follower(campaign) if subject.audience == FOLLOWERS else _why_backer(subject.audience, campaign)


def _why_backer(audience: str, campaign: Campaign) -> str:
    if audience == MONTHLY:
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
    """Write the notification to somebody of staff; of what is not public, its link leads to the staff room."""
    update = db.session.get_one(Update, update_id)
    campaign, subject = db.session.get_one(Campaign, update.campaign_id), _subject(update)
    shown = update.status == PUBLISHED and update.is_public
    read = f"/c/{campaign.slug}/updates/{update.number}/" if shown else f"/staff/reports/{update_id}/publish"
    stop_url = localised(f"/c/{campaign.slug}/")
    return _letter("update_test", _context(subject, campaign, localised(read), stop_url, _why(subject, campaign)))


def _confirm(request_id: int) -> Letter:
    request = db.session.get_one(FollowRequest, request_id)
    campaign = db.session.get_one(Campaign, request.campaign_id)
    context = {"header_title": campaign.title, "confirm_url": localised(f"/follow/{request_token(request)}/")}
    return _letter("follow_confirm", context)


def _milestone(milestone_id: int) -> Letter:
    """Tell staff of a milestone. The link leads to the draft, or to all reports once that was thrown away."""
    row = db.session.get_one(Milestone, milestone_id)
    campaign = db.session.get_one(Campaign, row.campaign_id)
    said = labels.milestone(row.kind, row.mark, campaign.wording, campaign.currency)
    page = f"{row.update_id}/edit" if row.update_id else f"?campaign={campaign.slug}"
    context = {"header_title": campaign.title, "what": said, "link": localised(f"/staff/reports/{page}")}
    return _letter("milestone_reached", context)


WRITERS: dict[str, Writer] = {"update_test": _test, "follow_confirm": _confirm, "milestone_reached": _milestone}
SHEETS: dict[str, SheetWriter] = {"update_notice": _notice}
