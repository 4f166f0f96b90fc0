"""The words of the house: what a status, a kind of wording or a payment is called on a page."""

from dataclasses import dataclass

from fundsite.i18n import gettext as _
from fundsite.money import formatted


@dataclass(frozen=True)
class Words:
    """What a campaign calls its things. Gifts that are tax-deductible are 寄付, everything else 支援."""

    pledge: str
    backer: str
    raised: str
    reward: str
    extra: str
    pledge_verb: str
    without_reward: str


def words(wording: str) -> Words:
    """Return the words of `wording`: "support" or "donation"."""
    if wording == "donation":
        return Words(
            _("寄付"),
            _("寄付者"),
            _("寄付総額"),
            _("ギフト"),
            _("上乗せ寄付"),
            _("寄付する"),
            _("ギフトなしで寄付する"),
        )
    return Words(
        _("支援"),
        _("支援者"),
        _("支援総額"),
        _("リターン"),
        _("上乗せ支援"),
        _("支援する"),
        _("リターンなしで支援する"),
    )


def pledge_status(status: str) -> str:
    """Return what a pledge's status is called."""
    return {
        "pending": _("お手続き中"),
        "waiting": _("ご入金待ち"),
        "promised": _("お申し込み済み"),
        "declined": _("お支払いの確認が必要です"),
        "active": _("ご継続中"),
        "past_due": _("お支払いの確認が必要です"),
        "paid": _("お支払い済み"),
        "disputed": _("カード会社で確認中"),
        "expired": _("期限切れ"),
        "canceled": _("取りやめ"),
        "refund_due": _("返金手続き中"),
        "refunded": _("返金済み"),
        "uncharged": _("お支払いなし（不成立）"),
        "ended": _("終了"),
        "charged_back": _("カード会社を通じて返金済み"),
    }[status]


def payment_method(method: str) -> str:
    """Return what a way to pay is called; empty where it is not known yet."""
    return {"card": _("クレジットカード"), "konbini": _("コンビニ払い"), "bank": _("銀行振込")}.get(method, "")


def audience(audience: str, wording: str) -> str:
    """Say who may read a report: everyone, backers, or the backers of some rewards."""
    said = words(wording)
    if audience == "everyone":
        return _("どなたでも")
    if audience == "backers":
        return said.backer
    if audience == "monthly":
        return _("マンスリーサポーター")
    if audience == "followers":
        return _("メールで活動報告を受け取っている方")
    codes = audience.replace(",", "・")
    return _("%(reward)s%(codes)sの%(backer)s") % {"reward": said.reward, "codes": codes, "backer": said.backer}


def milestone(kind: str, mark: int, wording: str, currency: str) -> str:
    """Say what a campaign has reached: a number of backers, its goal, a next goal."""
    if kind == "backers":
        return _("%(backer)sが%(count)s人に達しました") % {"backer": words(wording).backer, "count": f"{mark:,}"}
    said = _("目標金額%(amount)sに到達しました") if kind == "goal" else _("ネクストゴール%(amount)sに到達しました")
    return said % {"amount": formatted(mark, currency)}


def funding(model: str) -> str:
    """Return what a funding model is called."""
    return {"all_in": _("All-in方式"), "all_or_nothing": _("All-or-Nothing方式"), "monthly": _("マンスリーサポーター")}[
        model
    ]
