"""What a content folder says, as plain values: checked, with nothing rendered and nothing loaded yet."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class SiteFile:
    """`site.toml`."""

    name: str
    tagline: str
    description: str
    logo: Path | None
    accent: str
    languages: list[str]
    contact: dict[str, str]
    sns: Rows
    legal: Rows
    receipts: dict[str, str]
    privacy: str


@dataclass(frozen=True)
class NextGoalFile:
    """A `[[next_goals]]` table."""

    amount: int
    title: str
    body: str
    announced_at: datetime | None = None
    history: Rows = field(default_factory=list)


@dataclass(frozen=True)
class RewardFile:
    """A `[[rewards]]` table. `image` is the name of a picture of the campaign."""

    code: str
    title: str
    amount: int
    body: str
    image: str
    stock: int | None
    fulfilment_month: date | None
    shipping: str
    per_backer: int | None
    consideration: int
    questions: Rows


@dataclass(frozen=True)
class UpdateFile:
    """A file of `updates/`."""

    number: int
    slug: str
    title: str
    body: str
    published_at: datetime
    audience: str
    author: str
    notify: bool
    show_lead: bool
    raised: int | None = None  # the figures of its day
    backers: int | None = None
    percent: int | None = None


@dataclass(frozen=True)
class CampaignFile:
    """A folder of `campaigns/`. `images` and `files` map the names that texts use; `unset` is what a draft lacks."""

    path: Path
    slug: str
    title: str
    summary: str
    story: str
    goal: int
    minimum: int
    currency: str
    funding: str
    wording: str
    starts_at: datetime
    ends_at: datetime | None
    cover: str
    hashtags: list[str]
    thanks: str
    next_goals: tuple[NextGoalFile, ...]
    rewards: tuple[RewardFile, ...]
    budget: Rows
    faq: Rows
    partners: Rows
    updates: tuple[UpdateFile, ...]
    images: dict[str, Path]
    files: dict[str, Path] = field(default_factory=dict)
    alts: dict[str, str] = field(default_factory=dict)
    draft: bool = False
    unset: tuple[str, ...] = ()


@dataclass(frozen=True)
class SiteContent:
    """Everything that a folder says."""

    site: SiteFile
    campaigns: tuple[CampaignFile, ...]
