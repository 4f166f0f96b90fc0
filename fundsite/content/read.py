"""Reading a content folder. The first thing that is wrong is said with file, key and reason."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from fundsite.campaigns.editing import NOT_SET
from fundsite.content.read_updates import CODE, read_updates
from fundsite.content.shape import (
    CampaignFile,
    NextGoalFile,
    RewardFile,
    Rows,
    SiteContent,
    SiteFile,
)
from fundsite.content.toml_table import MOST_PIECES, Table, parse_toml, read_text
from fundsite.errors import ContentError
from fundsite.i18n import LOCALES
from fundsite.pledges.forms import LARGEST_TOTAL
from fundsite.site import RECEIPT_KEYS
from fundsite.updates.models import BACKERS, EVERYONE

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
READABLE = 4.5  # [WCAG 2.2, 1.4.3]
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
FUNDING = ("all_in", "all_or_nothing", "monthly")
WORDING = ("support", "donation")
SHIPPING = ("none", "japan", "worldwide")


def read_site(folder: Path, zone: ZoneInfo) -> SiteContent:
    """Read a content folder whole; ContentError naming file, key and reason for the first thing that is wrong."""
    campaigns = folder / "campaigns"
    folders = sorted(path for path in campaigns.iterdir() if path.is_dir()) if campaigns.is_dir() else []
    return SiteContent(_site(folder, zone), tuple(_campaign(path, zone) for path in folders))


def contrast_with_white(colour: str) -> float:
    """Return the contrast ratio between white and a colour such as #0b5f5a [WCAG 2.2, relative luminance]."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _site(folder: Path, zone: ZoneInfo) -> SiteFile:
    path = folder / "site.toml"
    table = parse_toml(path, read_text(path), zone)
    contact, colours, legal = table.table("contact"), table.table("colours"), table.table("legal")
    receipts = table.table("receipts")
    logo = table.text("logo", "")
    accent = colours.text("accent", "#0b5f5a")
    if not COLOUR.fullmatch(accent):
        raise colours.refuse("accent", f"{accent!r} is not a colour such as #0b5f5a")
    if contrast_with_white(accent) < READABLE:
        raise colours.refuse("accent", f"{accent!r} is too pale for white letters on it")
    if logo and not (folder / logo).is_file():
        raise table.refuse("logo", f"there is no file {logo}")
    site = SiteFile(
        name=table.text("name"),
        tagline=table.text("tagline", ""),
        description=table.text("description", ""),
        logo=folder / logo if logo else None,
        accent=accent.lower(),
        languages=_languages(table),
        contact={key: contact.text(key, "") for key in ("email", "phone", "address", "hours")},
        sns=_rows(table, "sns", ("label", "url")),
        legal=_rows(legal, "items", ("label", "text")),
        receipts={key: value for key in RECEIPT_KEYS if (value := receipts.text(key, ""))},
        privacy=table.text("privacy", ""),
    )
    for part in (contact, colours, legal, receipts, table):
        part.close()
    return site


def _rows(table: Table, key: str, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> Rows:
    rows = []
    for item in table.tables(key):
        row = {name: _words(item, name) for name in needed} | {name: _words(item, name, "") for name in optional}
        item.close()
        rows.append(row)
    return rows


def _words(item: Table, key: str, default: str | None = None) -> str:
    return item.web_address(key, default) if key == "url" else item.text(key, default)


def _languages(table: Table) -> list[str]:
    languages = table.texts("languages") or list(LOCALES)
    if unknown := [name for name in languages if name not in LOCALES]:
        raise table.refuse("languages", f"{unknown[0]!r} is none of {', '.join(LOCALES)}")
    return languages


def _campaign(folder: Path, zone: ZoneInfo) -> CampaignFile:
    if not SLUG.fullmatch(folder.name):
        raise ContentError(f"{folder}: the folder's name is not small letters, digits and single hyphens")
    path = folder / "campaign.toml"
    table = parse_toml(path, read_text(path), zone)
    images = _beside(folder, "images")
    draft = table.flag("draft")
    starts_at, ends_at = table.moment_or_none("starts_at"), table.moment_or_none("ends_at", end=True)
    goal = table.whole_or_none("goal", 1)
    unset = tuple(key for key, value in (("goal", goal), ("starts_at", starts_at)) if value is None)
    if unset and not draft:
        raise table.refuse(unset[-1], "is missing")
    starts_at, goal = starts_at or _placeholder(ends_at), goal or NOT_SET
    if ends_at is not None and ends_at <= starts_at:
        raise table.refuse("ends_at", "is not after starts_at")
    campaign = CampaignFile(
        path=folder,
        slug=folder.name,
        title=table.text("title"),
        summary=table.text("summary", ""),
        story=read_text(folder / "story.md"),
        goal=goal,
        minimum=table.whole_or_none("minimum", 1) or 100,
        currency=table.one_of("currency", ("JPY",)),
        funding=table.one_of("funding", FUNDING),
        wording=table.one_of("wording", WORDING),
        starts_at=starts_at,
        ends_at=ends_at,
        cover=_image(table, "cover", images),
        hashtags=table.texts("hashtags"),
        thanks=table.text("thanks", ""),
        next_goals=_next_goals(table, goal),
        rewards=_rewards(table, images),
        budget=_budget(table),
        faq=_rows(table, "faq", ("question", "answer")),
        partners=_rows(table, "partners", ("name",), ("url", "text")),
        updates=read_updates(folder / "updates", zone),
        images=images,
        files=_beside(folder, "files"),
        alts=_alts(table, images),
        draft=draft,
        unset=unset,
    )
    table.close()
    _check_audiences(campaign)
    return campaign


def _check_audiences(campaign: CampaignFile) -> None:
    codes = {EVERYONE, BACKERS, *(reward.code for reward in campaign.rewards)}
    for update in campaign.updates:
        if unknown := [word for word in update.audience.split(",") if word not in codes]:
            path = campaign.path / "updates" / f"{update.number:04}-{update.slug}.md"
            raise ContentError(f"{path}: audience: there is no reward {unknown[0]}")


def _beside(folder: Path, kind: str) -> dict[str, Path]:
    """Return the files of a folder beside the texts, under the names that texts use."""
    found = folder / kind
    paths = sorted(path for path in found.iterdir() if path.is_file()) if found.is_dir() else []
    return {f"{kind}/{path.name}": path for path in paths if not path.name.startswith(".")}


def _placeholder(ends_at: datetime | None) -> datetime:
    """Return a start for a draft that has none yet."""
    return ends_at - timedelta(days=1) if ends_at else datetime(2000, 1, 1, tzinfo=UTC)


def _alts(table: Table, images: dict[str, Path]) -> dict[str, str]:
    alts = {}
    for item in table.tables("pictures"):
        alts[_image(item, "file", images)] = item.text("alt", "")
        item.close()
    return alts


def _image(table: Table, key: str, images: dict[str, Path]) -> str:
    name = table.text(key, "")
    if name and name not in images:
        raise table.refuse(key, f"there is no picture {name}")
    return name


def _next_goals(table: Table, goal: int) -> tuple[NextGoalFile, ...]:
    goals, before = [], goal
    for item in table.tables("next_goals"):
        found = NextGoalFile(
            item.whole("amount", 1),
            item.text("title"),
            item.text("body", ""),
            item.moment_or_none("announced_at"),
            _rows(item, "history", ("until", "title"), ("body",)),
        )
        if found.amount <= before:
            raise item.refuse("amount", "is not higher than the goal before it")
        item.close()
        goals.append(found)
        before = found.amount
    return tuple(goals)


def _rewards(table: Table, images: dict[str, Path]) -> tuple[RewardFile, ...]:
    rewards: dict[str, RewardFile] = {}
    for item in table.tables("rewards"):
        code = item.text("code")
        if not CODE.fullmatch(code) or code in rewards:
            raise item.refuse("code", f"{code!r} is not a new code of letters and digits")
        amount = item.whole("amount", 1, LARGEST_TOTAL)
        rewards[code] = RewardFile(
            code=code,
            title=item.text("title"),
            amount=amount,
            body=item.text("body", ""),
            image=_image(item, "image", images),
            stock=item.whole_or_none("stock", 0, MOST_PIECES),
            fulfilment_month=item.month_or_none("fulfilment"),
            shipping=item.one_of("shipping", SHIPPING),
            per_backer=item.whole_or_none("per_backer", 1, MOST_PIECES),
            consideration=item.whole_or_none("consideration", 0, amount) or 0,
            questions=_questions(item),
        )
        item.close()
    return tuple(rewards.values())


def _questions(reward: Table) -> Rows:
    rows = []
    for item in reward.tables("questions"):
        rows.append({"label": item.text("label"), "required": item.flag("required")})
        item.close()
    return rows


def _budget(table: Table) -> Rows:
    rows: Rows = []
    for item in table.tables("budget"):
        rows.append({"label": item.text("label"), "amount": item.whole("amount", 0)})
        item.close()
    return rows
