"""The public campaign page, composed of what campaigns, rewards, updates and pledges hold.

It stands in pages/, the first package from which all of these can be imported. Seven statements, and one more where
staff show how much has gone out, whatever the number of pledges: every figure is kept in a row or counted by an index,
every text was rendered when it was saved.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from fundsite import clock
from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.campaigns.present import CampaignCard, CampaignHeader, card_of, header_of
from fundsite.campaigns.service import all_campaigns, find_campaign, next_goals
from fundsite.campaigns.share import ShareLink, share_links
from fundsite.fulfilment.promises import GoneOut, gone_out
from fundsite.pledges.comments import Comment, newest_comments
from fundsite.rewards.present import RewardCard
from fundsite.rewards.present import card_of as reward_card
from fundsite.rewards.service import rewards_of
from fundsite.site import current_site
from fundsite.updates.service import UpdateTeaser, newest

NEWEST_UPDATES = 3
NEWEST_COMMENTS = 6
OTHER_CAMPAIGNS = 6
PERMILLE = 1000


@dataclass(frozen=True)
class Heading:
    """An entry of the table of contents: the anchor `id` stands in the story's HTML."""

    id: str
    text: str


@dataclass(frozen=True)
class BudgetLine:
    """A line of the budget, in the currency's minor unit, and its share in thousandths."""

    label: str
    amount: int
    permille: int


@dataclass(frozen=True)
class PastWords:
    """What a next goal said until some day."""

    until: datetime
    title: str
    body: str


@dataclass(frozen=True)
class NextGoalWords:
    """A next goal with its words, when it was announced, and what it said before."""

    amount: int
    title: str
    body_html: str
    announced_at: datetime | None
    before: tuple[PastWords, ...]


@dataclass(frozen=True)
class Faq:
    """A question with its answer as HTML."""

    question: str
    answer_html: str


@dataclass(frozen=True)
class Partner:
    """An organisation that works with the campaign."""

    name: str
    url: str
    text: str


@dataclass(frozen=True)
class CampaignPage:
    """The whole public campaign page."""

    header: CampaignHeader
    story_html: str
    contents: tuple[Heading, ...]
    hashtags: tuple[str, ...]
    rewards: tuple[RewardCard, ...]
    gone_out: dict[str, GoneOut]  # by code, where staff show it
    next_goals: tuple[NextGoalWords, ...]
    updates: tuple[UpdateTeaser, ...]
    updates_total: int
    comments: tuple[Comment, ...]
    budget: tuple[BudgetLine, ...]
    budget_total: int
    faq: tuple[Faq, ...]
    partners: tuple[Partner, ...]
    others: tuple[CampaignCard, ...]
    share: tuple[ShareLink, ...]
    structured_data: str  # JSON-LD, escaped for a script element


def campaign_page(slug: str) -> CampaignPage:
    """Compose the page; NoSuchCampaign if there is none."""
    return page_of(find_campaign(slug))


def page_of(campaign: Campaign) -> CampaignPage:
    """Compose the page of a campaign that was found, a draft too."""
    goals = next_goals(campaign)
    header = header_of(campaign, goals)
    updates, updates_total = newest(campaign.id, NEWEST_UPDATES)
    budget_total = sum(line["amount"] for line in campaign.budget)
    rewards = rewards_of(campaign.id)
    return CampaignPage(
        header=header,
        story_html=campaign.story_html,
        contents=tuple(Heading(row["id"], row["text"]) for row in campaign.headings),
        hashtags=tuple(campaign.hashtags),
        rewards=tuple(reward_card(row, accepts_pledges=header.accepts_pledges) for row in rewards),
        gone_out=gone_out(rewards),
        next_goals=tuple(map(_next_goal, goals)),
        updates=updates,
        updates_total=updates_total,
        comments=newest_comments(campaign.id, NEWEST_COMMENTS),
        budget=tuple(
            BudgetLine(line["label"], line["amount"], line["amount"] * PERMILLE // max(budget_total, 1))
            for line in campaign.budget
        ),
        budget_total=budget_total,
        faq=tuple(Faq(row["question"], row["answer_html"]) for row in campaign.faq),
        partners=tuple(Partner(row["name"], row.get("url", ""), row.get("text", "")) for row in campaign.partners),
        others=_others(campaign),
        share=share_links(header.title, header.url, campaign.hashtags),
        structured_data=_structured_data(header),
    )


def _next_goal(goal: NextGoal) -> NextGoalWords:
    before = (PastWords(datetime.fromisoformat(row["until"]), row["title"], row["body"]) for row in goal.history)
    return NextGoalWords(goal.amount, goal.title, goal.body_html, goal.announced_at, tuple(before))


def _others(campaign: Campaign) -> tuple[CampaignCard, ...]:
    """Show the site's other campaigns: those that can be supported first, those that have ended last."""
    now = clock.now()
    cards = [card_of(other, now) for other in all_campaigns() if other.id != campaign.id]
    cards.sort(key=lambda card: card.left.status == "ended")
    return tuple(cards[:OTHER_CAMPAIGNS])


def _structured_data(header: CampaignHeader) -> str:
    site = current_site()
    organisation = {"@type": "NGO", "name": site.name}
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "name": header.title,
        "description": header.summary,
        "url": header.url,
        "publisher": organisation,
        "potentialAction": {"@type": "DonateAction", "recipient": organisation, "target": header.url},
    }
    if header.share_image:
        data["primaryImageOfPage"] = {"@type": "ImageObject", "url": header.share_image}
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")
