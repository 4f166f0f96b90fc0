"""The pictures of a campaign's days: money and backers, each so far and period by period."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from babel.numbers import format_compact_decimal
from markupsafe import Markup

from fundsite.campaigns.present import CampaignHeader
from fundsite.charts import Axis, Column, Mark, column_chart, line_chart, steps
from fundsite.i18n import current_locale, ngettext
from fundsite.i18n import gettext as _
from fundsite.money import ZERO_DECIMAL, formatted
from fundsite.pages.periods import Period
from fundsite.web import month, short_day

HIGH, LOW = 240, 130
GOAL_AND_NEXT = 2  # then a next goal needs no number


@dataclass(frozen=True)
class DayCharts:
    """Four pictures, as SVG."""

    money_so_far: Markup
    money: Markup
    backers_so_far: Markup
    backers: Markup


def period_label(start: date, unit: str) -> str:
    """Write a period as the axis does: 4/17, from 4/17, or 2027年4月."""
    if unit == "month":
        return month(start)
    return _("%(day)s〜") % {"day": short_day(start)} if unit == "week" else short_day(start)


def people(count: int) -> str:
    """Write a number of people."""
    return ngettext("%(count)s人", "%(count)s人", count) % {"count": f"{count:,}"}


def day_charts(header: CampaignHeader, periods: Sequence[Period], slots: Sequence[date], unit: str) -> DayCharts:
    """Draw the periods on an axis that reaches as far as `slots`, with the goals that are reached or next."""
    labels = [period_label(start, unit) for start in slots]
    currency = header.currency

    def money(amount: int) -> str:
        return formatted(amount, currency)

    def columns(value: Callable[[Period], int], say: Callable[[int], str]) -> list[Column]:
        names = [period_label(period.start, unit) for period in periods]
        return [
            Column(name, value(period), f"{name} {say(value(period))}")
            for name, period in zip(names, periods, strict=True)
        ]

    so_far = columns(lambda period: period.amount_so_far, money)
    marks = _marks(header)
    raised = money(header.progress.raised)
    return DayCharts(
        money_so_far=line_chart(
            so_far,
            labels,
            _axis([*so_far, *marks], HIGH, lambda value: _short(value, currency)),
            _("支援総額の推移。現在%(amount)s、目標金額の%(percent)s%%です。")
            % {"amount": raised, "percent": f"{header.progress.percent:,}"},
            marks,
        ),
        money=_columns(
            columns(lambda period: period.amount, money),
            labels,
            lambda value: _short(value, currency),
            _("期間ごとの支援額"),
        ),
        backers_so_far=_line(
            columns(lambda period: period.backers_so_far, people),
            labels,
            _("支援者数の推移。現在%(count)sです。") % {"count": people(header.progress.backers)},
        ),
        backers=_columns(
            columns(lambda period: period.backers, people), labels, lambda value: f"{value:,}", _("期間ごとの支援者数")
        ),
    )


def _columns(columns: list[Column], labels: list[str], say: Callable[[int], str], title: str) -> Markup:
    return column_chart(columns, labels, _axis(columns, LOW, say), title)


def _line(columns: list[Column], labels: list[str], title: str) -> Markup:
    return line_chart(columns, labels, _axis(columns, HIGH, lambda value: f"{value:,}"), title)


def _axis(values: Sequence[Column | Mark], height: int, say: Callable[[int], str]) -> Axis:
    ticks = steps(max([item.value for item in values], default=1))
    return Axis(tuple((tick, say(tick)) for tick in ticks), height)


def _short(amount: int, currency: str) -> str:
    """Write an amount as an axis does: 500万, 5M."""
    whole = amount if currency in ZERO_DECIMAL else amount // 100
    return str(format_compact_decimal(whole, locale=current_locale(), fraction_digits=1))


def _marks(header: CampaignHeader) -> list[Mark]:
    """Return the goals that are reached, and the one that is worked towards."""
    marks, targets = [], header.progress.targets
    for target in targets:
        name = _("目標") if target.number == 0 else _("ネクストゴール")
        if target.number and len(targets) > GOAL_AND_NEXT:
            name = _("ネクストゴール%(number)s") % {"number": target.number}
        marks.append(Mark(target.amount, f"{name} {formatted(target.amount, header.currency)}"))
        if not target.reached:
            break
    return marks
