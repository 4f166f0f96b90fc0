"""What the backer list calls things that the tables name in code, and how a filter stands in an address."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fundsite.fulfilment.backer_filter import LISTS, Wanted, wanted_of
from fundsite.i18n import gettext as _
from fundsite.sealed import boxed, unboxed

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

BOX = "backers-search"
PERSONAL = ("text", "answer")  # these stand in an address only as words that nobody else can read
FIELDS = {"campaign": "campaign_id", "reward": "rewards", "status": "statuses"}


def wanted_in(said: "MultiDict[str, str]") -> Wanted:
    """Return what an address, or the form, asks for."""
    values: dict[str, Any] = {name: value for name, value in said.items() if value and name not in FIELDS}
    for name, field in FIELDS.items():
        values[field] = [one for one in said.getlist(name) if one] if field in LISTS else said.get(name, "")
    words = unboxed(BOX, said["box"]) if said.get("box") else ""
    if "\n" in words:
        values["text"], values["answer"] = words.split("\n", 1)
    return wanted_of({name: value for name, value in values.items() if value})


def query_of(wanted: Wanted) -> dict[str, Any]:
    """Return the query by which an address asks for the same."""
    said = wanted.as_json()
    query = {name: said.pop(field) for name, field in FIELDS.items() if field in said}
    query |= {name: value for name, value in said.items() if name not in PERSONAL}
    if wanted.text or wanted.answer:
        query["box"] = boxed(BOX, f"{wanted.text}\n{wanted.answer}")
    return query


def shipping_label(status: str | None) -> str:
    """Say how a parcel stands."""
    return {"owed": _("未発送"), "shipped": _("発送済み"), "void": _("発送不要")}.get(status or "", "")


def export_label(status: str) -> str:
    """Say how an export stands."""
    return {
        "waiting": _("準備中"),
        "ready": _("受け取れます"),
        "failed": _("作れませんでした"),
        "removed": _("削除済み"),
    }.get(status, status)


def filter_words(wanted: Wanted, campaigns: Mapping[int, str], statuses: Mapping[str, str]) -> list[str]:
    """Say what a filter asks for, in short; never what was searched for."""
    said: list[tuple[str, object]] = [
        (_("プロジェクト"), campaigns.get(wanted.campaign_id or 0, "")),
        (_("リターン"), "・".join(wanted.rewards).replace("-", _("なし"))),
        (_("状態"), "・".join(statuses.get(one, one) for one in wanted.statuses)),
        (_("発送完了予定月"), wanted.month),
        (_("都道府県"), wanted.region),
        (_("国"), wanted.country),
        (_("発送"), shipping_label(wanted.shipping)),
        (_("お届け先"), {"missing": _("未入力"), "given": _("入力済み")}.get(wanted.address, "")),
        (_("金額"), _between(wanted.least, wanted.most)),
        (_("申込日"), _between(wanted.since, wanted.until)),
        (_("質問"), wanted.question),
        (_("回答"), _("指定あり") if wanted.answer else ""),
        (_("検索"), _("指定あり") if wanted.text else ""),
    ]
    return [f"{name}: {value}" for name, value in said if value]


def _between(first: object, last: object) -> str:
    return f"{first or ''}〜{last or ''}" if first or last else ""


def options(values: Sequence[str], labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return values with their labels, as a page offers them."""
    return [(value, labels.get(value, value)) for value in values]


def mail_label(kind: str) -> str:
    """Say what a mail was about."""
    return {
        "pledge_thanks": _("お礼"),
        "pledge_waiting": _("お支払いのご案内"),
        "pledge_reminder": _("お支払い期限のお知らせ"),
        "pledge_promised": _("お申し込みの受付"),
        "pledge_withdrawn": _("取りやめの確認"),
        "pledge_declined": _("お支払いの確認のお願い"),
        "pledge_released": _("お申し込みの終了"),
        "pledge_uncharged": _("不成立のお知らせ"),
        "pledge_refunded": _("返金のお知らせ"),
        "update_notice": _("活動報告のお知らせ"),
    }.get(kind, _("お知らせ"))


def mail_status(status: str) -> str:
    """Say whether a mail has gone out."""
    return {
        "queued": _("送信待ち"),
        "held": _("保留中"),
        "sent": _("送信済み"),
        "skipped": _("送信せず"),
        "failed": _("届きませんでした"),
    }.get(status, status)
