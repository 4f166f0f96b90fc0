"""Reading a campaign's reports: Markdown with a front matter of TOML."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

from fundsite.content.shape import UpdateFile
from fundsite.content.toml_table import Table, parse_toml, read_text
from fundsite.errors import ContentError
from fundsite.updates.models import BACKERS, EVERYONE, FOLLOWERS, MONTHLY

CODE = re.compile(r"[A-Za-z0-9]{1,8}")
UPDATE_NAME = re.compile(r"(\d{4})-([a-z0-9]+(?:-[a-z0-9]+)*)\.md")


def read_updates(folder: Path, zone: ZoneInfo) -> tuple[UpdateFile, ...]:
    """Return the reports of a campaign's folder; ContentError for the first that is wrong."""
    paths = sorted(folder.glob("*.md")) if folder.is_dir() else []
    updates = tuple(_update(path, zone) for path in paths)
    numbers = [update.number for update in updates]
    if len(set(numbers)) < len(numbers):
        raise ContentError(f"{folder}: two reports have one number")
    return updates


def _update(path: Path, zone: ZoneInfo) -> UpdateFile:
    named = UPDATE_NAME.fullmatch(path.name)
    if named is None or int(named[1]) == 0:
        raise ContentError(f"{path}: the file's name is not a number and a slug, such as 0001-start.md")
    parts = read_text(path).split("+++\n", 2)
    if len(parts) != 3 or parts[0].strip():  # noqa: PLR2004 - before, between and after the two lines
        raise ContentError(f"{path}: does not begin with TOML between two +++ lines")
    table = parse_toml(path, parts[1], zone)
    update = UpdateFile(
        number=int(named[1]),
        slug=named[2],
        title=table.text("title"),
        body=parts[2].strip("\n"),
        published_at=table.moment("published_at"),
        audience=_audience(table),
        author=table.text("author", ""),
        notify=table.flag("notify"),
        show_lead=table.flag("show_lead"),
        raised=table.whole_or_none("raised", 0),
        backers=table.whole_or_none("backers", 0),
        percent=table.whole_or_none("percent", 0),
    )
    table.close()
    return update


def _audience(table: Table) -> str:
    """Return "everyone", "backers", or reward codes divided by commas (in the file: one word, or a list of codes)."""
    words = table.text_or_texts("audience") or [EVERYONE]
    if words not in ([EVERYONE], [BACKERS], [MONTHLY], [FOLLOWERS]) and not all(CODE.fullmatch(word) for word in words):
        raise table.refuse(
            "audience", f"is neither {EVERYONE!r}, {BACKERS!r}, {MONTHLY!r}, {FOLLOWERS!r} nor a list of reward codes"
        )
    return ",".join(words)
