"""What a report will look like, while it is written."""

import re
from dataclasses import dataclass

from fundsite.campaigns.models import Campaign
from fundsite.campaigns.render import finder
from fundsite.markup import plain, to_html
from fundsite.markup.pasted import marked, to_markdown, unrepaired
from fundsite.markup.pasted_text import in_paragraphs
from fundsite.updates.editing import pictures_for, tidy
from fundsite.updates.rendering import LEAD
from fundsite.updates.revisions import Text

_NAMELESS = re.compile(r"!\[\s*\]\([^)\n]+\)")
_TO_FILL = re.compile("◯|（[^（）\n]{4,}。）")


@dataclass(frozen=True)
class Preview:
    """A report as page and as mail, and what somebody should look at before it goes out."""

    title: str
    html: str
    lead: str
    doubts: list[str]
    nameless_pictures: int
    unfilled: bool


def preview_of(campaign: Campaign, typed: Text) -> Preview:
    """Render what is typed as it will be; signs that could not be repaired stand out."""
    words = tidy(typed)
    html = to_html(marked(words.body), pictures=finder(pictures_for(campaign.id)), blocks=True).html
    return Preview(
        title=words.title,
        html=html,
        lead=plain(html, LEAD),
        doubts=unrepaired(words.title + words.body),
        nameless_pictures=len(_NAMELESS.findall(words.body)),
        unfilled=bool(_TO_FILL.search(words.title + words.body)),
    )


def pasted(html: str, text: str) -> str:
    """Return what was pasted, as clean Markdown: from its HTML where there is any, else from its text."""
    found = to_markdown(html) if html.strip() else ""
    return found or in_paragraphs(tidy(Text("", text)).body)
