"""Which pledges are meant: what staff choose in the backer list is what its exports hold."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, func, or_, select

from fundsite import clock, text
from fundsite.db import db, month_start
from fundsite.fulfilment.backer_models import BackerIndex
from fundsite.fulfilment.models import Obligation
from fundsite.pledges.models import STATUSES, Pledge
from fundsite.rewards.models import Reward
from fundsite.settings import current_settings

# Those who began and gave nothing are no backers: they are shown where their status is asked for.
NEVER_CAME = ("pending", "expired", "canceled", "uncharged")
BACKERS = tuple(status for status in STATUSES if status not in NEVER_CAME)
NO_REWARD = "-"  # in place of a reward's code
ABROAD = "abroad"
SHIPPING = ("owed", "shipped", "void")
DUE_MONTH = func.coalesce(Obligation.due_month, Reward.fulfilment_month)


@dataclass(frozen=True)
class Wanted:
    """What is looked for; empty means any. Days and months are those of the site's time zone."""

    campaign_id: int | None = None
    least: int | None = None
    most: int | None = None
    rewards: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    month: str = ""
    region: str = ""
    country: str = ""
    shipping: str = ""
    address: str = ""
    since: str = ""
    until: str = ""
    question: str = ""
    answer: str = ""
    text: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return what is chosen, as a row keeps it; `wanted_of` reads it again."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items() if value}


LONGEST = 200  # of what is searched for: an address has to hold it
NUMBERS, LISTS = ("campaign_id", "least", "most"), ("rewards", "statuses")


def wanted_of(said: Mapping[str, Any]) -> Wanted:
    """Return what a kept or typed choice says; what cannot be understood is left out."""
    known = {field.name for field in fields(Wanted)} & set(said)
    values: dict[str, Any] = {name: str(said[name]).strip()[:LONGEST] for name in known - {*NUMBERS, *LISTS}}
    values |= {name: tuple(map(str, said[name])) for name in known & set(LISTS)}
    values |= {name: _number(said[name]) for name in known & set(NUMBERS)}
    for name, parse in (("month", month_start), ("since", date.fromisoformat), ("until", date.fromisoformat)):
        values[name] = _if_understood(values.get(name, ""), parse)
    return Wanted(**values)


def _number(said: object) -> int | None:
    try:
        return min(text.whole_number(str(said)), 2**31 - 1)
    except ValueError:
        return None


def _if_understood(said: str, parse: Callable[[str], object]) -> str:
    try:
        parse(said)
    except ValueError:
        return ""
    return said


def chosen(statement: Any, wanted: Wanted) -> Select[Any]:
    """Return the statement over the pledges that are meant, each with its reward and what is owed, or none."""
    joined: Select[Any] = (
        statement.select_from(Pledge)
        .outerjoin(Reward, Reward.id == Pledge.reward_id)
        .outerjoin(Obligation, Obligation.pledge_id == Pledge.id)
        .where(*_conditions(wanted))
    )
    return joined


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.campaign_id is not None:
        yield Pledge.campaign_id == wanted.campaign_id
    yield Pledge.status.in_(wanted.statuses or BACKERS)
    if wanted.rewards:
        named = Reward.code.in_([code for code in wanted.rewards if code != NO_REWARD])
        yield or_(named, Pledge.reward_id.is_(None)) if NO_REWARD in wanted.rewards else named
    if wanted.region:
        yield Pledge.region == wanted.region
    if wanted.country:
        yield Pledge.country.not_in(("", "JP")) if wanted.country == ABROAD else Pledge.country == wanted.country
    if wanted.month:
        yield DUE_MONTH.in_([month_start(wanted.month)])
    yield from _of_shipping(wanted)
    yield from _of_money_and_time(wanted)
    if wanted.question or wanted.answer:
        yield _answered(wanted.question, wanted.answer)
    if folded := text.folded(wanted.text):
        found = select(BackerIndex.pledge_id).where(BackerIndex.said.contains(folded, autoescape=True))
        yield Pledge.id.in_(found)


def _of_shipping(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.shipping in SHIPPING:
        yield Obligation.status == wanted.shipping
        if wanted.shipping == "owed":
            yield Reward.shipping != "none"
    if wanted.address == "missing":
        yield and_(Reward.shipping != "none", or_(*(column == "" for column in _ADDRESS)))
    elif wanted.address == "given":
        yield and_(*(column != "" for column in _ADDRESS))


_ADDRESS = (Pledge.postal_code, Pledge.region, Pledge.city, Pledge.line1)


def _of_money_and_time(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    zone = current_settings().timezone
    if wanted.least is not None:
        yield Pledge.total >= wanted.least
    if wanted.most is not None:
        yield Pledge.total <= wanted.most
    if wanted.since:
        yield Pledge.created_at >= clock.start_of_day(date.fromisoformat(wanted.since), zone)
    if wanted.until:
        yield Pledge.created_at < clock.start_of_day(date.fromisoformat(wanted.until) + timedelta(days=1), zone)


def _answered(question: str, answer: str) -> ColumnElement[bool]:
    """Whether a question was answered so; without an answer, whether it was answered at all."""
    if db.engine.dialect.name == "sqlite":
        each = func.json_each(Pledge.answers).table_valued("value", name="given")
    else:
        each = func.json_array_elements(Pledge.answers).table_valued("value", name="given")
    asked, said = (each.c.value.op("->>", return_type=Text())(name) for name in ("question", "answer"))
    held = func.lower(said).contains(answer.lower(), autoescape=True) if answer else said != ""
    return select(1).select_from(each).where(held, *([asked == question] if question else [])).exists()
