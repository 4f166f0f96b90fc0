"""What a campaign still needs before it can open, and how far along it is."""

from dataclasses import dataclass
from datetime import datetime

from fundsite.campaigns.models import Campaign
from fundsite.i18n import gettext as _
from fundsite.site import SiteView

SHORTEST_STORY = 300


@dataclass(frozen=True)
class Around:
    """What a campaign needs beside its own row."""

    rewards: int
    site: SiteView
    now: datetime


@dataclass(frozen=True)
class Point:
    """One point of the checklist. `page` names the section in which it is filled in."""

    page: str
    label: str
    done: bool
    required: bool = True
    hint: str = ""


@dataclass(frozen=True)
class Checklist:
    """All points."""

    points: tuple[Point, ...]

    @property
    def percent(self) -> int:
        """The 入力率, rounded down: 100 only when nothing is missing."""
        return sum(point.done for point in self.points) * 100 // len(self.points)

    @property
    def missing(self) -> tuple[Point, ...]:
        """The points without which it cannot open."""
        return tuple(point for point in self.points if point.required and not point.done)


def checklist(campaign: Campaign, around: Around) -> Checklist:
    """Look at a campaign point by point."""
    length = len("".join(campaign.story.split()))
    said = _("%(least)d文字以上（いまは%(length)d文字）") % {"least": SHORTEST_STORY, "length": length}
    points = [
        Point("basics", _("タイトル"), bool(campaign.title)),
        Point("basics", _("概要"), bool(campaign.summary)),
        _period(campaign, around.now),
        Point("goal", _("目標金額"), "goal" not in campaign.unset),
        Point("pictures", _("表紙の画像"), campaign.cover is not None),
        Point("story", _("本文"), length >= SHORTEST_STORY, hint=said),
        Point("rewards", _("リターン"), around.rewards > 0, hint=_("1つ以上")),
        Point("thanks", _("お礼のことば"), bool(campaign.thanks)),
        Point("site", _("団体のお問い合わせ先"), bool(around.site.contact_email)),
        Point("site", _("特定商取引法に基づく表記"), bool(around.site.legal)),
        Point("faq", _("よくあるご質問"), bool(campaign.faq), required=False),
    ]
    if campaign.funding != "monthly":
        points.insert(8, _budget(campaign))
    return Checklist(tuple(points))


def _period(campaign: Campaign, now: datetime) -> Point:
    has_end = campaign.funding == "monthly" or campaign.ends_at is not None
    is_ahead = campaign.ends_at is None or campaign.ends_at > now
    done = "starts_at" not in campaign.unset and has_end and is_ahead
    return Point("period", _("募集期間"), done, hint=_("開始日と、これから先の終了日"))


def _budget(campaign: Campaign) -> Point:
    total = sum(line["amount"] for line in campaign.budget)
    done = "goal" not in campaign.unset and total == campaign.goal
    return Point(
        "budget",
        _("資金の使いみち"),
        done,
        hint=_("合計が目標金額と同じ（いまは%(total)s円）") % {"total": f"{total:,}"},
    )
