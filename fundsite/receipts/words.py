"""What the pages of the receipts call things."""

from fundsite.i18n import gettext as _
from fundsite.receipts.letters import kind_label
from fundsite.receipts.models import SUPPORTER

__all__ = ["kind_label", "per_label", "problem_label", "status_label"]


def status_label(status: str) -> str:
    """Name a status."""
    return _("無効") if status == "void" else _("発行済み")


def per_label(per: str) -> str:
    """Name how receipts are put together."""
    return _("支援者ごと") if per == SUPPORTER else _("支援1件ごと")


def problem_label(problem: str) -> str:
    """Say what is in the way of a receipt."""
    return {
        "no_name": _("お名前がありません"),
        "no_address": _("住所がありません"),
        "nothing": _(
            "この期間に、まだ領収書を出していない入金がありません（返金の手続き中や、異議申し立て中のものを除きます）"
        ),
        "no_gift": _("全額が対価のため、寄附がありません"),
        "mixed": _("通貨の異なる入金が含まれています"),
        "issuer": _("団体の情報が足りません"),
    }[problem]
