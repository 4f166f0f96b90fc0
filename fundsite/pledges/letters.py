"""The words of the mails that a pledge causes, found when they are sent."""

from dataclasses import dataclass
from datetime import datetime

from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import localised
from fundsite.db import db
from fundsite.i18n import gettext as _
from fundsite.letters import letter
from fundsite.mail import Letter, Writer
from fundsite.pledges import access
from fundsite.pledges.consent import saving_consent
from fundsite.pledges.forms import countries
from fundsite.pledges.models import Payment, Pledge, Refund
from fundsite.pledges.money_back import AGAIN
from fundsite.pledges.monthly.view import MonthlyView, monthly_view
from fundsite.pledges.orders import Summary, summary_of_pledge
from fundsite.pledges.transfers.models import TransferReturn
from fundsite.pledges.voucher_view import VoucherView, voucher_of
from fundsite.rewards.models import Reward


@dataclass(frozen=True)
class PledgeView:
    """A pledge as its supporter sees it."""

    reference: str
    token: str
    status: str
    summary: Summary
    email: str
    name: str
    address_lines: tuple[str, ...]
    display_name: str
    anonymous: bool
    comment: str
    created_at: datetime
    paid_at: datetime | None
    counted: bool
    monthly: MonthlyView | None  # None: it is paid once
    method: str = ""
    voucher: VoucherView | None = None  # as long as it is awaited


def _address_lines(pledge: Pledge) -> tuple[str, ...]:
    """Write an address as the post of its country reads it; nothing where none is kept (any more)."""
    if not pledge.line1:
        return ()
    if pledge.country == "JP":
        lines = [f"〒{pledge.postal_code}", f"{pledge.region}{pledge.city}{pledge.line1}", pledge.line2]
    else:
        place = ", ".join(part for part in (pledge.city, pledge.region, pledge.postal_code) if part)
        lines = [pledge.line1, pledge.line2, place, dict(countries()).get(pledge.country, "")]
    return tuple(line for line in lines if line)


def view_of(pledge: Pledge) -> PledgeView:
    """Show a pledge with what was promised for it."""
    campaign = db.session.get_one(Campaign, pledge.campaign_id)
    reward = db.session.get_one(Reward, pledge.reward_id) if pledge.reward_id else None
    return PledgeView(
        reference=pledge.reference,
        token=access.token_of(pledge.reference, pledge.link_number),
        status=pledge.status,
        summary=summary_of_pledge(campaign, reward, pledge),
        email=pledge.email,
        name=pledge.name or _("ご支援者"),
        address_lines=_address_lines(pledge),
        display_name=pledge.display_name,
        anonymous=pledge.anonymous,
        comment=pledge.comment,
        created_at=pledge.created_at,
        paid_at=pledge.paid_at,
        counted=pledge.counted,
        monthly=monthly_view(pledge) if campaign.funding == "monthly" else None,
        method=pledge.method,
        voucher=voucher_of(pledge),
    )


def _refund_letter(refund_id: int) -> Letter:
    refund = db.session.get_one(Refund, refund_id)
    # What staff gave back themselves has a note that says how, or came to them in the same way.
    by_hand = bool(refund.note and refund.note != AGAIN) or refund.payment_id is None
    return pledge_letter("pledge_refunded", refund.pledge_id, refund=refund, by_hand=by_hand)


def _promise_letter(pledge_id: int) -> Letter:
    pledge = db.session.get_one(Pledge, pledge_id)
    consent = saving_consent(db.session.get_one(Campaign, pledge.campaign_id), pledge.total)
    return pledge_letter("pledge_promised", pledge_id, consent=consent)


def _unpaid_month_letter(payment_id: int) -> Letter:
    payment = db.session.get_one(Payment, payment_id)
    return pledge_letter("pledge_past_due", payment.pledge_id, payment=payment)


def _return_letter(return_id: int) -> Letter:
    back = db.session.get_one(TransferReturn, return_id)
    return pledge_letter("transfer_returned", back.pledge_id, back=back)


def pledge_letter(event: str, pledge_id: int, **more: object) -> Letter:
    """Write the mail `event` about a pledge to its supporter, with the link to their room."""
    pledge = db.session.get_one(Pledge, pledge_id)
    campaign = db.session.get_one(Campaign, pledge.campaign_id)
    context = {
        "header_title": campaign.title,
        "pledge": view_of(pledge),
        "thanks_html": campaign.thanks_html,
        "thanks_text": campaign.thanks,
        "room_url": access.private_url(pledge.reference, "", pledge.locale, pledge.link_number),
        "campaign_url": localised(f"/c/{campaign.slug}/"),
    }
    return letter(event, **context, **more)


WRITERS: dict[str, Writer] = {
    "pledge_thanks": lambda pledge_id: pledge_letter("pledge_thanks", pledge_id),
    "pledge_refunded": _refund_letter,
    "pledge_promised": _promise_letter,
    "pledge_declined": lambda pledge_id: pledge_letter("pledge_declined", pledge_id),
    "pledge_withdrawn": lambda pledge_id: pledge_letter("pledge_withdrawn", pledge_id),
    "pledge_uncharged": lambda pledge_id: pledge_letter("pledge_uncharged", pledge_id),
    "pledge_released": lambda pledge_id: pledge_letter("pledge_released", pledge_id),
    "pledge_past_due": _unpaid_month_letter,
    "pledge_ending": lambda pledge_id: pledge_letter("pledge_ending", pledge_id),
    "pledge_ended": lambda pledge_id: pledge_letter("pledge_ended", pledge_id),
    "pledge_waiting": lambda pledge_id: pledge_letter("pledge_waiting", pledge_id),
    "pledge_reminder": lambda pledge_id: pledge_letter("pledge_reminder", pledge_id),
    "pledge_lapsed": lambda pledge_id: pledge_letter("pledge_lapsed", pledge_id),
    "transfer_returned": _return_letter,
}
