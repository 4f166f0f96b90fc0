"""What tables, fields and requests are called before those whom they concern."""

from typing import Any

from fundsite.i18n import gettext as _

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
    """Return a row as names and values; what is empty is left out."""
    return [(field_label(name), _written(value)) for name, value in row.items() if value not in (None, "", [], {})]


def _written(value: object) -> str:
    if isinstance(value, bool):
        return _("はい") if value else _("いいえ")
    if isinstance(value, dict):
        return "、".join(f"{field_label(name)}: {_written(part)}" for name, part in value.items() if part)
    if isinstance(value, list):
        return " / ".join(map(_written, value))
    return str(value)
