"""What waits for somebody of staff in a campaign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import left_of
from fundsite.campaigns.service import is_open
from fundsite.db import db
from fundsite.i18n import gettext as _
from fundsite.pledges.decline_alarm import raised_lately
from fundsite.pledges.differing import differs
from fundsite.pledges.figures_by_day import unsettled
from fundsite.pledges.giving_back import wanting
from fundsite.pledges.models import Payment, Pledge, Refund
from fundsite.pledges.transfers.rest import unsettled_rests
from fundsite.pledges.transfers.service import count_short
from fundsite.pledges.undelivered import undelivered
from fundsite.rewards.models import Reward
from fundsite.settings import current_settings
from fundsite.supporters.requests import waiting_requests
from fundsite.updates.service import newest
from fundsite.web import day

REPORT_EVERY = timedelta(days=14)
CLOSING_SOON = timedelta(days=7)
WORKER_NEEDS = timedelta(minutes=10)  # to settle by itself what is past its time
FEW, FEW_OF_TEN = 3, 10


@dataclass(frozen=True)
class Task:
    """One thing to look after. `kind` names it, `text` says it, `endpoint` is a page of the campaign that helps."""

    kind: str
    text: str
    endpoint: str = ""


def open_tasks(campaign: Campaign, rewards: Sequence[Reward]) -> tuple[Task, ...]:
    """Return what waits, the most pressing first; a statement for each kind, none for each pledge."""
    now = clock.now()
    money = (*_pressing(campaign, now), *_payments(campaign, now))
    return (*money, *_mails(campaign), *_while_open(campaign, rewards, now))


def _pressing(campaign: Campaign, now: datetime) -> list[Task]:
    """The site's alarm, disputes, refunds that failed, payments in another amount, requests of data. One statement."""
    payments = select(func.count()).select_from(Payment).join(Pledge, Pledge.id == Payment.pledge_id)
    payments = payments.where(Pledge.campaign_id == campaign.id)
    disputed = payments.where(Payment.dispute == "open")
    until = disputed.with_only_columns(func.min(Payment.dispute_due_at))
    failed = select(func.count(Refund.id)).join(Pledge, Pledge.id == Refund.pledge_id)
    counts = (
        disputed,
        until,
        failed.where(Pledge.campaign_id == campaign.id, wanting()),
        payments.where(differs()),
        raised_lately(now),
        waiting_requests(campaign.id),
    )
    found = db.session.execute(select(*(one.scalar_subquery() for one in counts))).one()
    disputes, due_at, refunds, others, alarms, asked = found
    tasks = []
    if alarms:
        said = _(
            "この24時間のうちに、カードのお支払いが断られる回数が急に増えました。Stripeの管理画面をご確認ください。"
        )
        tasks.append(Task("declines", said))
    if disputes:
        said = _("カード会社で確認中のお支払い（不審請求）が%(count)s件あります。") % {"count": disputes}
        if due_at is not None:
            said += _("回答の期限は%(day)sです。") % {"day": day(due_at.astimezone(current_settings().timezone))}
        tasks.append(Task("dispute", said, "money.waiting"))
    if refunds:
        said = _("できなかった返金が%(count)s件あります。どうするかを選んでください。")
        tasks.append(Task("refund_failed", said % {"count": refunds}, "money.waiting"))
    if others:
        said = _("お申し込みと違う金額のお支払いが%(count)s件あります。どうするかを選んでください。")
        tasks.append(Task("amount_differs", said % {"count": others}, "money.waiting"))
    if asked:
        said = _("個人情報の開示・訂正・削除の請求が%(count)s件あります。（メニューの「個人情報」）")
        tasks.append(Task("data_requests", said % {"count": asked}))
    return tasks


def _payments(campaign: Campaign, now: datetime) -> list[Task]:
    waiting, tasks = unsettled(campaign.id, now - WORKER_NEEDS), []
    if waiting.refund_due:
        text = _("返金の手続きが終わっていないお支払いが%(count)s件あります。") % {"count": waiting.refund_due}
        tasks.append(Task("refund_due", text))
    if waiting.overdue:
        text = _("期限を過ぎてもお支払いの結果が確認できていないお申し込みが%(count)s件あります。")
        tasks.append(Task("overdue", text % {"count": waiting.overdue}))
    return [*tasks, *_transfers(campaign)]


def _transfers(campaign: Campaign) -> list[Task]:
    tasks = []
    if short := count_short(campaign.id):
        text = _("金額の足りないお振り込みが%(count)s件あります。（メニューの「銀行振込の過不足」）") % {"count": short}
        tasks.append(Task("transfer_short", text))
    if rest := unsettled_rests(campaign.id):
        text = _("お返し先を決めていないお振り込みが%(count)s件あります。（メニューの「銀行振込の過不足」）")
        tasks.append(Task("transfer_rest", text % {"count": rest}))
    return tasks


def _mails(campaign: Campaign) -> list[Task]:
    failed = undelivered(campaign.id)
    if not failed:
        return []
    return [Task("mails", _("支援者にお届けできなかったメールが%(count)s通あります。") % {"count": failed})]


def _while_open(campaign: Campaign, rewards: Sequence[Reward], now: datetime) -> list[Task]:
    if not is_open(campaign, now):
        return []
    return [*_closing(campaign, now), *_report(campaign, now), *_stock(rewards)]


def _closing(campaign: Campaign, now: datetime) -> list[Task]:
    if campaign.ends_at is None or campaign.ends_at - now > CLOSING_SOON:
        return []
    left = left_of(campaign, now)
    text = {
        "days": _("募集の終了まで、あと%(count)s日です。"),
        "hours": _("募集の終了まで、あと%(count)s時間です。"),
    }.get(left.unit, _("募集の終了まで、1時間を切りました。"))
    return [Task("closing", text % {"count": left.count})]


def _report(campaign: Campaign, now: datetime) -> list[Task]:
    latest, total = newest(campaign.id, 1)
    since = now - (latest[0].published_at if latest else campaign.starts_at)
    if since < REPORT_EVERY:
        return []
    text = (
        _("活動報告を%(days)s日間お届けしていません。")
        if total
        else _("募集の開始から%(days)s日、活動報告がまだありません。")
    )
    return [Task("report", text % {"days": since.days}, "updates.index")]


def _stock(rewards: Sequence[Reward]) -> list[Task]:
    tasks = []
    for reward in rewards:
        left = reward.remaining
        if left and reward.stock and (left <= FEW or left * FEW_OF_TEN <= reward.stock):
            said = {"code": reward.code, "title": reward.title, "count": left}
            tasks.append(Task("stock", _("「%(code)s: %(title)s」の在庫が残り%(count)sです。") % said))
    return tasks
