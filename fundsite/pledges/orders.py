"""From a filled form to an order, and to what the confirmation page says of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask_wtf import FlaskForm

from fundsite import clock, text
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import closing_day
from fundsite.i18n import current_locale
from fundsite.i18n import gettext as _
from fundsite.labels import words
from fundsite.money import formatted
from fundsite.pledges.consent import saving_consent
from fundsite.pledges.forms import ADDRESS, WORDS, countries
from fundsite.pledges.methods import last_day, offered
from fundsite.pledges.models import Pledge
from fundsite.pledges.origin import ORIGIN
from fundsite.pledges.service import PledgeOrder
from fundsite.rewards.models import Reward
from fundsite.rewards.service import promised
from fundsite.settings import current_settings
from fundsite.web import day, month


@dataclass(frozen=True)
class Summary:
    """What is being bought, in the currency's minor unit."""

    campaign_slug: str
    campaign_title: str
    wording: str
    currency: str
    reward_code: str | None
    reward_title: str | None
    unit_amount: int
    quantity: int
    extra: int
    total: int
    fulfilment_month: date | None
    ends_on: datetime | None
    shipping: str
    saving_consent: str = ""  # what a saved card is charged for, and when; empty where the payment is made at once
    monthly: bool = False  # every amount is one month's
    moved_to: date | None = None  # the fulfilment month that was announced after the pledge, where it differs


def _filled(form: FlaskForm, name: str) -> Any:
    field = form._fields.get(name)
    return field.data if field is not None else None


def summary_of(campaign: Campaign, reward: Reward | None, quantity: int, extra: int, unit_amount: int) -> Summary:
    """Put an order's parts side by side."""
    total = unit_amount * quantity + extra
    return Summary(
        campaign_slug=campaign.slug,
        campaign_title=campaign.title,
        wording=campaign.wording,
        currency=campaign.currency,
        reward_code=reward.code if reward else None,
        reward_title=reward.title if reward else None,
        unit_amount=unit_amount,
        quantity=quantity,
        extra=extra,
        total=total,
        fulfilment_month=reward.fulfilment_month if reward else None,
        ends_on=closing_day(campaign),
        shipping=reward.shipping if reward else "none",
        saving_consent=saving_consent(campaign, total) if campaign.funding == "all_or_nothing" else "",
        monthly=campaign.funding == "monthly",
    )


def summary_of_form(campaign: Campaign, reward: Reward | None, form: FlaskForm) -> Summary:
    """Add up what the form says so far; what is no number counts as nothing."""
    quantity, extra = _filled(form, "quantity"), _filled(form, "extra")
    pieces = (quantity if isinstance(quantity, int) else 1) if reward else 0
    return summary_of(campaign, reward, pieces, extra if isinstance(extra, int) else 0, reward.amount if reward else 0)


def summary_of_pledge(campaign: Campaign, reward: Reward | None, pledge: Pledge) -> Summary:
    """Put a pledge's parts side by side, at the price and in the words that were promised then."""
    summary = summary_of(campaign, reward, pledge.quantity, pledge.extra, pledge.unit_amount)
    if reward is None:
        return summary
    then, now = promised(reward, pledge.created_at), reward.fulfilment_month
    return replace(
        summary,
        reward_title=then.title,
        fulfilment_month=then.fulfilment_month,
        shipping=then.shipping,
        moved_to=now if now != then.fulfilment_month else None,
    )


def order_of(campaign: Campaign, summary: Summary, form: FlaskForm, agreed_total: int) -> PledgeOrder:
    """Turn a valid form into an order over what was agreed."""
    details = typed_address(form, summary.shipping)
    details.update({name: _filled(form, name) for name in WORDS})
    details["answers"] = typed_answers(form)
    return PledgeOrder(
        attempt=str(_filled(form, "attempt")),
        campaign_id=campaign.id,
        reward_code=summary.reward_code,
        quantity=summary.quantity,
        extra=summary.extra,
        total=agreed_total,
        email=_filled(form, "email"),
        name=_filled(form, "name"),
        locale=current_locale(),
        details=details,
        origin={name: _filled(form, name) or "" for name in ORIGIN},
    )


def typed_answers(form: FlaskForm) -> list[dict[str, str]]:
    """Return what a form answers to its reward's questions."""
    return [{"question": field.label.text, "answer": field.data or ""} for field in form if field.name.startswith("q_")]


def typed_address(form: FlaskForm, shipping: str) -> dict[str, Any]:
    """Return what a valid form says of where a parcel goes, as it is kept."""
    details: dict[str, Any] = {name: _filled(form, name) or "" for name in ADDRESS}
    if shipping == "japan":
        details["country"] = "JP"
    elif details["country"] == "JP":
        details["postal_code"] = _japanese_if_it_can_be(details["postal_code"])
    return details


def _japanese_if_it_can_be(postal_code: str) -> str:
    try:
        return text.postal_code(postal_code)
    except ValueError:
        return postal_code


def typed_lines(form: FlaskForm) -> tuple[tuple[str, str], ...]:
    """Return what the supporter typed, as label and value, for reading it once more."""
    shown = []
    for field in form:
        if field.name in {"reward", "attempt", "total", "csrf_token", "quantity", "extra", "consent", *ORIGIN}:
            continue
        value = field.data
        if isinstance(value, bool):
            value = _("はい") if value else ""
        elif field.name == "country":
            value = dict(countries()).get(value, value)
        if value:
            shown.append((field.label.text, str(value)))
    return tuple(shown)


def six_points(summary: Summary) -> tuple[tuple[str, str], ...]:
    """Return the six things that the last page before an order must say [特定商取引法 第12条の6]."""
    return (
        (_("数量"), quantity_said(summary)),
        (_("お支払い総額"), _("%(total)s（税・送料込み）") % {"total": formatted(summary.total, summary.currency)}),
        (_("お支払いの時期・方法"), _when_paid(summary)),
        (_("お届けの時期"), delivery_said(summary)),
        (_("申込期間"), period_said(summary)),
        (_("撤回・解除について"), _leaving_point(summary)),
    )


def _leaving_point(summary: Summary) -> str:
    if summary.saving_consent:
        return _(
            "募集終了までは、専用ページからいつでもお申し込みを取り下げることができます。成立後のご都合による取り消し・返金は、原則としてお受けしていません。お困りのときはお問い合わせください。お届けできない場合は全額を返金します。"
        )
    return _(
        "お支払いの確定後のご都合による取り消し・返金は、原則としてお受けしていません。お困りのときはお問い合わせください。お届けできない場合は全額を返金します。"
    ) + _before_payment(summary)


def quantity_said(summary: Summary) -> str:
    """Say what is ordered, and how much of it."""
    if not summary.reward_code:
        return words(summary.wording).without_reward
    return f"{summary.reward_code}: {summary.reward_title} × {summary.quantity}"


def delivery_said(summary: Summary) -> str:
    """Say until when something arrives, if anything does."""
    if summary.fulfilment_month is None:
        return _("お届けする品はありません。お礼のメールをお送りします。")
    return _("%(month)s末までにお届けします。") % {"month": month(summary.fulfilment_month)}


def period_said(summary: Summary) -> str:
    """Say until when orders are taken."""
    if summary.ends_on is None:
        return _("期限はありません。")
    return _("%(day)sの終わり（日本時間）まで") % {"day": day(_local(summary.ends_on))}


def _when_paid(summary: Summary) -> str:
    """Say how and when each offered way is paid, with the last day of those that are paid later."""
    if summary.saving_consent:
        return _("クレジットカード。次の画面（Stripe）でカードを登録していただきます。") + summary.saving_consent
    said = [_("クレジットカード。次の決済ページ（Stripe）でのお手続き完了時にお支払いが確定します。")]
    now = clock.now()
    later = {
        "konbini": _(
            "コンビニ払い。お手続きのあとにご案内する番号で、%(day)sの23:59（日本時間）までに店頭でお支払いください。"
        ),
        "bank": _(
            "銀行振込。お手続きのあとにご案内する口座へ、%(day)sまでに着くようにお振り込みください。振込手数料はご負担をお願いします。"
        ),
    }
    ways = [method for method in offered(summary.total, summary.currency) if method in later]
    said += [later[method] % {"day": day(last_day(method, now, summary.ends_on))} for method in ways]
    if len(said) > 1:
        said.append(_("期限までにお支払いがないときは、お申し込みは取り消しとなります。"))
    return "\n".join(said)


def _before_payment(summary: Summary) -> str:
    if len(offered(summary.total, summary.currency)) == 1:
        return ""
    return "\n" + _("コンビニ払いと銀行振込は、お支払いの前であれば、専用ページから取りやめられます。")


def _local(moment: datetime) -> datetime:
    return moment.astimezone(current_settings().timezone)
