"""What the public pages show, as plain values: templates read these and ask for nothing else."""

from dataclasses import dataclass
from datetime import date, datetime

from fundsite.campaigns.figures import Progress, TimeLeft
from fundsite.media import Picture


@dataclass(frozen=True)
class CampaignCard:
    """One campaign among others, in one of three shapes: open, monthly (supporters only) and ended."""

    slug: str
    title: str
    summary: str
    cover: Picture | None
    funding: str
    wording: str
    currency: str
    raised: int
    backers: int
    percent: int
    left: TimeLeft
    ends_on: date | None

    @property
    def shape(self) -> str:
        """Which of the shapes applies: monthly, upcoming, open or ended."""
        return "monthly" if self.funding == "monthly" else self.left.status


@dataclass(frozen=True)
class RewardCard:
    """A reward tier as backers see it. `stock` and `remaining` are None where there is no limit."""

    code: str
    title: str
    amount: int
    body_html: str
    image: Picture | None
    pledged: int
    stock: int | None
    remaining: int | None
    fulfilment_month: date | None
    shipping: str
    can_be_chosen: bool

    @property
    def sold_out(self) -> bool:
        """Whether nothing is left to choose."""
        return self.remaining == 0


@dataclass(frozen=True)
class UpdateTeaser:
    """A report in a list. `lead` is the beginning of its text, without mark-up."""

    number: int
    title: str
    lead: str
    published_at: datetime
    picture: Picture | None
    is_public: bool


@dataclass(frozen=True)
class Comment:
    """What a backer wrote. `name` is None for an anonymous backer."""

    name: str | None
    text: str
    at: datetime
    reward_code: str | None


@dataclass(frozen=True)
class Heading:
    """An entry of the table of contents: the anchor `id` stands in the story's HTML."""

    id: str
    text: str


@dataclass(frozen=True)
class BudgetLine:
    """A line of the budget, in the currency's minor unit."""

    label: str
    amount: int
    permille: int


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
class ShareLink:
    """A link that offers the page to a network; opened by the visitor, never loaded by the page."""

    network: str
    url: str


@dataclass(frozen=True)
class CampaignHeader:
    """What every page of a campaign repeats: its name, its picture and its figures."""

    slug: str
    title: str
    summary: str
    url: str
    funding: str
    wording: str
    currency: str
    cover: Picture | None
    share_image: str | None
    progress: Progress
    left: TimeLeft
    starts_at: datetime
    ends_on: date | None
    accepts_pledges: bool


@dataclass(frozen=True)
class CampaignPage:
    """The whole public campaign page."""

    header: CampaignHeader
    story_html: str
    contents: tuple[Heading, ...]
    hashtags: tuple[str, ...]
    rewards: tuple[RewardCard, ...]
    updates: tuple[UpdateTeaser, ...]
    updates_total: int
    comments: tuple[Comment, ...]
    comments_total: int
    budget: tuple[BudgetLine, ...]
    budget_total: int
    faq: tuple[Faq, ...]
    partners: tuple[Partner, ...]
    others: tuple[CampaignCard, ...]
    share: tuple[ShareLink, ...]
    structured_data: str  # JSON-LD, escaped for a script element


@dataclass(frozen=True)
class UpdatePage:
    """One report. `body_html` is None where the visitor may not read it; `audience` then says who may."""

    header: CampaignHeader
    number: int
    title: str
    author: str
    published_at: datetime
    body_html: str | None
    audience: str
    previous: UpdateTeaser | None
    following: UpdateTeaser | None
    share: tuple[ShareLink, ...]
