"""What the last page before a monthly pledge must say, and when the next payments are."""

import calendar
from datetime import date

from fundsite import clock
from fundsite.i18n import gettext as _
from fundsite.money import formatted
from fundsite.pledges.orders import Summary, delivery_said, period_said, quantity_said
from fundsite.settings import current_settings
from fundsite.web import day

MONTHS_A_YEAR = 12


def next_month(today: date) -> date:
    """Return the same day of the next month; its last one where it is too short."""
    year, month = (today.year + 1, 1) if today.month == MONTHS_A_YEAR else (today.year, today.month + 1)
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def six_monthly_points(summary: Summary) -> tuple[tuple[str, str], ...]:
    """Return the six points of `six_points` for what goes on until somebody ends it [特定商取引法 第12条の6]."""
    each = formatted(summary.total, summary.currency)
    year = formatted(summary.total * MONTHS_A_YEAR, summary.currency)
    today = clock.local_day(clock.now(), current_settings().timezone)
    return (
        (
            _("分量"),
            _("%(what)s（毎月1口。期間の定めはなく、停止のお手続きをされるまで毎月つづきます）")
            % {"what": quantity_said(summary)},
        ),
        (
            _("お支払い総額"),
            _("毎月%(each)s（税・送料込み）。1年間つづけた場合の合計は%(year)sです。") % {"each": each, "year": year},
        ),
        (
            _("お支払いの時期・方法"),
            _(
                "クレジットカード。初回は、次の決済ページ（Stripe）でのお手続き完了時にお支払いが確定します。2回目は%(next)sごろ、その後も毎月同じ日に、同じカードで自動で決済されます（その日がない月は月末）。"
            )
            % {"next": day(next_month(today))},
        ),
        (_("お届けの時期"), delivery_said(summary)),
        (_("申込期間"), period_said(summary)),
        (
            _("停止・解約について"),
            _(
                "お申し込み後にお送りする専用ページから、いつでも停止できます。ログインも費用もいりません。停止後は新たな決済はなく、お支払い済みの1か月の終わりに終了します。お支払い済みの分の返金は、原則としてお受けしていません。"
            ),
        ),
    )
