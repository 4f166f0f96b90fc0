"""What tables, fields and requests are called before those whom they concern."""

from datetime import datetime
from typing import Any

from fundsite.i18n import gettext as _
from fundsite.labels import pledge_status
from fundsite.settings import current_settings
from fundsite.web import day

# What the readable page leaves out; the file has it.
INNER = frozenset(
    "id link_number counted holds_stock source currency unit_amount locale hold_until counted_at status cause because "
    "purpose number fee_known surplus kind about created_by position due_at lease_until topic said place".split()
)
Said = list[tuple[str, str]]


def request_label(kind: str) -> str:
    """Return what a request about personal data is called."""
    return {"disclosure": _("開示"), "correction": _("訂正"), "deletion": _("削除")}[kind]


def field_label(name: str) -> str:
    """Return what a field is called; one that only the machine needs keeps its name."""
    return {
        "reference": _("受付番号"),
        "status": _("状態"),
        "name": _("お名前"),
        "kana": _("フリガナ"),
        "email": _("メールアドレス"),
        "recipient": _("宛先"),
        "phone": _("電話番号"),
        "postal_code": _("郵便番号"),
        "region": _("都道府県"),
        "city": _("市区町村"),
        "line1": _("町名・番地"),
        "line2": _("建物名・部屋番号"),
        "country": _("国・地域"),
        "answers": _("ご質問への回答"),
        "comment": _("応援コメント"),
        "display_name": _("公開するお名前"),
        "anonymous": _("お名前を公開しない（匿名）"),
        "newsletter": _("お知らせメール"),
        "reports": _("活動報告のお知らせ"),
        "question": _("ご質問"),
        "answer": _("ご回答"),
        "from_status": _("変更前"),
        "to_status": _("状態"),
        "fields": _("変更された項目"),
        "at": _("日時"),
        "asked_at": _("ご請求の日時"),
        "sent_at": _("送信日時"),
        "extra": _("上乗せ支援"),
        "received": _("入金額"),
        "memo": _("メモ"),
        "message": _("くわしい内容"),
        "amount": _("金額"),
        "total": _("合計"),
        "quantity": _("数量"),
        "refunded": _("返金額"),
        "created_at": _("お申し込み"),
        "paid_at": _("お支払い"),
        "shipped_at": _("発送日"),
        "carrier": _("運送会社"),
        "tracking_number": _("追跡番号"),
    }.get(name, name)


def table_label(name: str) -> str:
    """Return what a table holds; one that has no words keeps its name."""
    return {
        "pledge": _("お申し込み"),
        "pledge_event": _("お申し込みの経過"),
        "payment": _("お支払い"),
        "refund": _("返金"),
        "ledger_entry": _("帳簿"),
        "comment_state": _("応援コメントへの返信"),
        "obligation": _("お届けするもの"),
        "batch_item": _("発送のための控え"),
        "shipment": _("発送"),
        "pledge_change": _("ご本人による変更"),
        "data_request": _("個人情報の請求"),
        "outbox_mail": _("お送りしたメール"),
        "follower": _("活動報告のお知らせ"),
    }.get(name, name)


def row_words(row: dict[str, Any]) -> Said:
    """Return a row as names and values; what is empty, and what only the machine needs, is left out."""
    said = {name: value for name, value in row.items() if value not in (None, "", [], {}) and not _is_inner(name)}
    return [(field_label(name), _written(value, name)) for name, value in said.items()]


def _is_inner(name: str) -> bool:
    return name in INNER or name.endswith("_id")


def _written(value: object, name: str = "") -> str:
    if isinstance(value, datetime):
        local = value.astimezone(current_settings().timezone)
        return f"{day(local)} {local:%H:%M}"
    if isinstance(value, dict):
        return "、".join(f"{field_label(key)}: {_written(part, key)}" for key, part in value.items() if part)
    if isinstance(value, list):
        return " / ".join(_written(part, name) for part in value)
    return _word(value, name)


def _word(value: object, name: str) -> str:
    if isinstance(value, bool):
        return _("はい") if value else _("いいえ")
    if name in {"from_status", "to_status"}:
        return pledge_status(str(value))
    return field_label(str(value)) if name == "fields" else str(value)
