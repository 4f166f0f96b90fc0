"""The sections in which a campaign is edited: each reads its part of the row and writes that part alone."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fundsite.campaigns.models import Campaign
from fundsite.campaigns.render import Stored, Values, faq_rows, story_values, thanks_values


def _nothing_more(values: Values, _stored: Stored) -> Values:
    return values


@dataclass(frozen=True)
class Section:
    """A part of a campaign that is saved by itself. `rendered` makes row values of what was typed."""

    name: str
    fields: tuple[str, ...]
    rendered: Callable[[Values, Stored], Values] = _nothing_more

    def read(self, campaign: Campaign) -> Values:
        """Return what is edited here, as it stands in the row."""
        return {name: _bare(name, getattr(campaign, name)) for name in self.fields}


def _bare(name: str, value: Any) -> Any:
    return [{"question": row["question"], "answer": row["answer"]} for row in value] if name == "faq" else value


def version_of(values: Values) -> str:
    """Return a mark of values: another one, if any of them is another."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]


SECTIONS = {
    section.name: section
    for section in (
        Section("basics", ("title", "slug", "summary", "hashtags", "wording", "funding", "minimum")),
        Section("period", ("starts_at", "ends_at")),
        Section("goal", ("goal",)),
        Section("story", ("story",), lambda values, stored: story_values(values["story"], stored)),
        Section("budget", ("budget",)),
        Section("faq", ("faq",), lambda values, stored: {"faq": faq_rows(values["faq"], stored)}),
        Section("partners", ("partners",)),
        Section("thanks", ("thanks",), lambda values, _stored: thanks_values(values["thanks"])),
    )
}
