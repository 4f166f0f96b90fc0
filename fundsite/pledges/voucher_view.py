"""How to pay what is awaited, as it is shown: in a shop with the telephone in hand, or before the bank's screen."""

from dataclasses import dataclass
from datetime import datetime

from fundsite.i18n import gettext as _
from fundsite.pledges.models import Pledge


@dataclass(frozen=True)
class VoucherGroup:
    """Numbers that belong together: those of one chain of stores, or the account."""

    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class VoucherView:
    """What is to be paid where, until when. `url` is Stripe's own page of it."""

    method: str
    url: str
    missing: int
    received: int
    until: datetime
    groups: tuple[VoucherGroup, ...]


def voucher_of(pledge: Pledge) -> VoucherView | None:
    """Show how a pledge that waits can be paid; None for any other."""
    kept = pledge.voucher
    if pledge.status != "waiting" or kept is None:
        return None
    lines = [(name, number) for name, number in kept["lines"]]
    groups = _stores(lines) if kept["method"] == "konbini" else (VoucherGroup(_("お振込先"), _account(lines)),)
    missing = int(kept["missing"])
    return VoucherView(kept["method"], kept["url"], missing, pledge.total - missing, pledge.hold_until, groups)


def _stores(lines: list[tuple[str, str]]) -> tuple[VoucherGroup, ...]:
    chains = {
        "familymart": _("ファミリーマート"),
        "lawson": _("ローソン"),
        "ministop": _("ミニストップ"),
        "seicomart": _("セイコーマート"),
    }
    codes = {"payment_code": _("お支払い番号"), "confirmation_number": _("確認番号")}
    found: dict[str, list[tuple[str, str]]] = {}
    for name, number in lines:
        chain, _dot, code = name.partition(".")
        found.setdefault(chain, []).append((codes.get(code, code), number))
    return tuple(VoucherGroup(chains.get(chain, chain), tuple(numbers)) for chain, numbers in found.items())


def _account(lines: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    labels = {
        "bank_name": _("銀行名"),
        "bank_code": _("銀行コード"),
        "branch_name": _("支店名"),
        "branch_code": _("支店コード"),
        "account_type": _("口座の種類"),
        "account_number": _("口座番号"),
        "account_holder_name": _("口座名義"),
    }
    kinds = {"futsu": _("普通"), "toza": _("当座")}
    return tuple((labels.get(name, name), kinds.get(value, value)) for name, value in lines)
