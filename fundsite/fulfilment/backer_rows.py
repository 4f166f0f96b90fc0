"""The rows of the backer list as files hold them: one for each pledge, as they are read, never all at once.

In Japanese in every language: these are the forms of files. docs/interface.md says what each column holds.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel import Locale
from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, Text, case, cast, func, select

from fundsite.accounting.words import source_label
from fundsite.books.models import LedgerEntry
from fundsite.csv_file import Cell
from fundsite.db import db
from fundsite.fulfilment.backer_filter import DUE_MONTH, Wanted, chosen
from fundsite.fulfilment.couriers import MAIL, couriers
from fundsite.fulfilment.models import LOCKED, Batch, Obligation, Shipment
from fundsite.fulfilment.words import courier_label
from fundsite.i18n import SOURCE_LOCALE, speaking
from fundsite.labels import payment_method, pledge_status
from fundsite.pledges.models import STATUSES, Pledge
from fundsite.rewards.models import Reward
from fundsite.settings import current_settings

CHUNK = 1000
HEADER = (
    *("受付番号", "申込日時", "状態", "リターン", "リターン名", "数量", "支援金額", "上乗せ", "合計"),
    *("お名前", "フリガナ", "メール", "電話番号", "郵便番号", "都道府県", "市区町村", "番地", "建物名", "国"),
    *("応援コメント", "公開名", "支払方法", "入金日時", "手数料", "純額", "返金額"),
    *("発送完了予定月", "発送状態", "運送会社", "追跡番号", "発送日", "メモ"),
)
FEES = ("fee", "dispute_fee", "fee_returned")
GIVEN_BACK = ("refund", "refund_failed", "offline_refund", "dispute", "dispute_returned")
SHIPPING = {"owed": "未発送", "preparing": "発送準備中", "shipped": "発送済み", "void": "発送不要"}

Form = Callable[[Any], Cell]


@dataclass(frozen=True)
class Sheet:
    """A table that is still being read: its header, how many rows it will have, and the rows."""

    header: tuple[str, ...]
    count: int
    rows: Iterator[list[Cell]]


@contextmanager
def backer_sheet(wanted: Wanted) -> Iterator[Sheet]:
    """Open the backer list of one moment, in the order of the pledges; it is closed at the end of the block.

    Three statements, however many rows: which questions were asked, how many rows, the rows. They are read through a
    connection of their own, a thousand at a time. 合計 less 手数料 and 返金額 is 純額 for whoever has paid.
    """
    options: dict[str, Any] = {"yield_per": CHUNK}
    if db.engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"  # on SQLite a transaction reads one moment anyhow
    with db.engine.connect().execution_options(**options) as connection:
        questions = _questions(connection, wanted)
        count = connection.scalar(chosen(select(func.count()), wanted)) or 0
        found = connection.execute(statement_of(wanted))
        yield Sheet((*HEADER, *questions), count, _rows(found, questions))


def statement_of(wanted: Wanted) -> Select[Any]:
    """Select the columns in the order of HEADER, and the answers."""
    sums = _sums(wanted)
    live = Shipment.undone_at.is_(None) & Shipment.returned_at.is_(None)
    shipping = case((Batch.status.in_(LOCKED) & (Obligation.status == "owed"), "preparing"), else_=Obligation.status)
    columns: tuple[Any, ...] = (
        *(Pledge.reference, Pledge.created_at, Pledge.status, Reward.code, Reward.title, Pledge.quantity),
        *(Pledge.unit_amount * Pledge.quantity, Pledge.extra, Pledge.total),
        *(Pledge.name, Pledge.kana, Pledge.email, Pledge.phone),
        *(Pledge.postal_code, Pledge.region, Pledge.city, Pledge.line1, Pledge.line2, Pledge.country),
        *(Pledge.comment, Pledge.display_name, Pledge.source + ":" + Pledge.method, Pledge.paid_at),
        *(sums.c.fee, sums.c.net, sums.c.given_back, DUE_MONTH, shipping),
        *(Shipment.carrier, Shipment.tracking_number, Shipment.shipped_at, Pledge.memo, Pledge.answers),
    )
    return (
        chosen(select(*columns), wanted)
        .outerjoin(sums, sums.c.pledge_id == Pledge.id)
        .outerjoin(Batch, Batch.id == Obligation.batch_id)
        .outerjoin(Shipment, (Shipment.obligation_id == Obligation.id) & live)
        .order_by(Pledge.id)
    )


def _sums(wanted: Wanted) -> Subquery:
    def of(kinds: Sequence[str]) -> ColumnElement[int]:
        return func.sum(case((LedgerEntry.kind.in_(kinds), -LedgerEntry.amount), else_=0))

    rows = select(
        LedgerEntry.pledge_id,
        of(FEES).label("fee"),
        func.sum(LedgerEntry.amount).label("net"),
        of(GIVEN_BACK).label("given_back"),
    )
    if wanted.campaign_id is not None:
        rows = rows.where(LedgerEntry.campaign_id == wanted.campaign_id)
    return rows.group_by(LedgerEntry.pledge_id).subquery()


def _questions(connection: Connection, wanted: Wanted) -> tuple[str, ...]:
    """Return every question that is asked or was answered, those of today's rewards first."""
    rewards = select(Reward.questions).order_by(Reward.position, Reward.id)
    if wanted.campaign_id is not None:
        rewards = rewards.where(Reward.campaign_id == wanted.campaign_id)
    found = {question["label"]: None for asked in connection.scalars(rewards) for question in asked}
    given = chosen(select(Pledge.answers), wanted).where(cast(Pledge.answers, Text) != "[]")
    for answers in connection.scalars(given):
        found |= {answer["question"]: None for answer in answers}
    return tuple(found)


def _rows(found: Iterable[Row[Any]], questions: Sequence[str]) -> Iterator[list[Cell]]:
    formed = [(HEADER.index(name), form) for name, form in _forms().items()]
    for row in found:
        cells: list[Any] = list(row)
        answers = cells.pop()
        for place, form in formed:
            cells[place] = form(cells[place])
        if questions:
            given = {answer["question"]: answer["answer"] for answer in answers}
            cells += [given.get(question, "") for question in questions]
        yield cells


def _forms() -> dict[str, Form]:
    """Return how those columns are written that a file does not hold as the database does."""
    zone = current_settings().timezone

    def moment(value: datetime | None) -> str:
        return value.astimezone(zone).isoformat(" ", "seconds")[:19] if value else ""

    def day(value: datetime | None) -> str:
        return moment(value)[:10]

    def month(value: date | None) -> str:
        return value.isoformat()[:7] if value else ""

    with speaking(SOURCE_LOCALE):
        statuses = {status: pledge_status(status) for status in STATUSES}
        countries = dict(Locale(SOURCE_LOCALE).territories)
        paid = {source: source_label(source) for source in ("cash", "bank", "other")}
        carriers = {name: courier_label(name) for name in (*couriers(), MAIL)}
        online = {method: payment_method(method) for method in ("card", "konbini", "bank")}

    def way(value: str) -> str:
        source, _colon, method = value.partition(":")
        return online.get(method, "") if source == "online" else paid[source]

    moments = dict.fromkeys(("申込日時", "入金日時"), moment)
    amounts: dict[str, Form] = dict.fromkeys(("手数料", "純額", "返金額"), lambda value: int(value or 0))
    texts: dict[str, Form] = dict.fromkeys(("リターン", "リターン名", "追跡番号"), lambda value: value or "")
    coded: dict[str, Form] = {
        "状態": statuses.__getitem__,
        "国": lambda code: countries.get(code, code),
        "発送状態": lambda status: SHIPPING.get(status, ""),
        "運送会社": lambda carrier: carriers.get(carrier, ""),
    }
    return {**moments, **amounts, **texts, **coded, "発送日": day, "発送完了予定月": month, "支払方法": way}
