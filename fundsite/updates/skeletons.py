"""Skeletons of reports: careful words to begin with, the campaign's present figures filled in."""

from dataclasses import dataclass
from datetime import date

from flask import current_app

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import next_goals
from fundsite.i18n import SOURCE_LOCALE, speaking
from fundsite.i18n import gettext as _
from fundsite.updates.revisions import Text

KINDS = {
    "report": "updates/skeletons/report.md",
    "event-report": "updates/skeletons/event-report.md",
    "milestone": "updates/skeletons/milestone.md",
    "thanks": "updates/skeletons/thanks.md",
    "delay": "updates/skeletons/delay.md",
    "final-report": "updates/skeletons/final-report.md",
}


@dataclass(frozen=True)
class Late:
    """A reward that is late, and the month for which it was promised."""

    code: str
    title: str
    month: date | None


def labels() -> dict[str, tuple[str, str]]:
    """Return what each skeleton is called, and what it is for."""
    return {
        "report": (_("白紙から書く"), _("自由な内容の報告です。")),
        "event-report": (_("イベントの報告"), _("開いた催しのようす、参加された方の声、これからの予定。")),
        "milestone": (_("節目の報告"), _("支援者数や金額が節目を迎えたとき。いまの数字が入ります。")),
        "thanks": (_("御礼"), _("募集が終わったときや、目標に届いたときの御礼。")),
        "delay": (_("お届けの遅れのお知らせ"), _("リターンの発送が予定より遅れるとき。お詫び、理由、新しい予定。")),
        "final-report": (_("最終報告"), _("実現できたこと、使いみち、お届けの状況のまとめ。")),
    }


def skeleton(kind: str, campaign: Campaign, reached: tuple[str, int] | None = None, late: Late | None = None) -> Text:
    """Return a title and a text to begin with; KeyError for an unknown kind.

    `reached` is the milestone to tell of, `late` the reward that is late.
    """
    goals = [campaign.goal, *(goal.amount for goal in next_goals(campaign))]
    said = {
        "campaign": campaign,
        "today": clock.now(),
        "reached": reached,
        "late": late,
        "percent": campaign.raised * 100 // campaign.goal,
        "next_goal": next((amount for amount in goals if amount > campaign.raised), None),
    }
    with speaking(SOURCE_LOCALE):  # the skeletons are letters in Japanese, whatever language the room is read in
        written = current_app.jinja_env.get_template(KINDS[kind]).render(said)
    head, _rule, body = written.partition("\n")
    return Text(head.removeprefix("#").strip(), body.strip())
