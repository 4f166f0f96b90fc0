"""What the money room calls things that the tables name in code."""

from fundsite.i18n import gettext as _
from fundsite.pledges.money_back import AGAIN


def source_label(source: str) -> str:
    """Say how a pledge's money came."""
    return {
        "online": _("オンライン"),
        "cash": _("現金"),
        "bank": _("銀行振込"),
        "other": _("ほかのサイトなど"),
    }.get(source, source)


def method_label(method: str) -> str:
    """Say by what a pledge was paid online."""
    return {"card": _("カード"), "konbini": _("コンビニ"), "bank": _("銀行振込")}.get(method, "")


def payment_label(status: str) -> str:
    """Say how a payment stands."""
    return {
        "open": _("お手続き中"),
        "waiting": _("入金待ち"),
        "paid": _("入金済み"),
        "failed": _("不成立"),
        "canceled": _("取りやめ"),
    }.get(status, status)


def refund_label(status: str) -> str:
    """Say how a refund stands."""
    return {
        "due": _("これから手続き"),
        "pending": _("手続き中"),
        "succeeded": _("返金済み"),
        "failed": _("返金できませんでした"),
    }.get(status, status)


def cause_label(cause: str) -> str:
    """Say who asked for a refund."""
    return {
        "staff": _("スタッフによる返金"),
        "late": _("お受けできないお支払いの返金（自動）"),
        "dashboard": _("Stripeの管理画面での返金"),
    }.get(cause, cause)


def dispute_label(dispute: str) -> str:
    """Say how a dispute stands."""
    return {
        "open": _("カード会社で確認中"),
        "won": _("団体側の主張が認められました"),
        "lost": _("支援者に返金されました"),
    }.get(dispute, "")


def entry_label(kind: str) -> str:
    """Return the name of a kind of entry in the books."""
    return {
        "charge": _("入金"),
        "fee": _("決済手数料"),
        "refund": _("返金"),
        "refund_failed": _("返金の戻り"),
        "dispute": _("不審請求による引き落とし"),
        "dispute_fee": _("不審請求の手数料"),
        "dispute_returned": _("不審請求の戻り"),
        "fee_returned": _("手数料の戻り"),
        "offline": _("現金・振込など"),
        "offline_refund": _("現金・振込などの返金・取り消し"),
    }.get(kind, kind)


def problem_words(problem: str) -> str:
    """Say in plain words why Stripe did not give money back; without a code, the bank sent it back later."""
    codes = set(problem.split())
    for known, words in (
        ("made_up", _("デモのために用意したお支払いです。Stripeには記録がないため、Stripeからは返金できません。")),
        ("charge_already_refunded", _("このお支払いは、Stripeですでに全額が返金されています。")),
        ("amount", _("返金できる残りの金額を超えています。")),
        ("resource_missing", _("Stripeに、このお支払いの記録が見つかりません。")),
        ("charge_disputed", _("カード会社で確認中のお支払いのため、いまは返金できません。")),
        ("refund_disputed_payment", _("カード会社で確認中のお支払いのため、いまは返金できません。")),
        ("balance_insufficient", _("Stripeの残高が足りません。残高が増えると、自動でもう一度手続きします。")),
        ("insufficient_funds", _("Stripeの残高が足りません。残高が増えると、自動でもう一度手続きします。")),
    ):
        if known in codes:
            return words
    if codes:
        return _("Stripeが手続きを受け付けませんでした（%(code)s）。") % {"code": problem}
    return _("カード会社や銀行から、返金が戻されました。")


def note_words(note: str) -> str:
    """Return how a refund that came to nothing was brought to an end."""
    return _("もう一度手続きしました。") if note == AGAIN else _("記録: %(note)s") % {"note": note}


def payout_label(status: str) -> str:
    """Say how a payout stands."""
    return {
        "pending": _("手続き中"),
        "in_transit": _("送金中"),
        "paid": _("着金"),
        "failed": _("不着"),
        "canceled": _("取りやめ"),
    }.get(status, status)
