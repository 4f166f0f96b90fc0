"""What a report will look like, while it is written."""

import re
from dataclasses import dataclass

from fundsite.campaigns.models import Campaign
from fundsite.mail import Letter
from fundsite.markup import plain
from fundsite.markup.pasted import marked, to_markdown, unrepaired
from fundsite.markup.pasted_text import in_paragraphs
from fundsite.pictures import FOR_STAFF, moved
from fundsite.updates.editing import stored_for, tidy
from fundsite.updates.letters import Subject, sample
from fundsite.updates.rendering import LEAD, rendered, shown
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
    html = shown(marked(words.body), stored_for(campaign.id)).html
    return Preview(
        title=words.title,
        html=moved(html, FOR_STAFF),
        lead=plain(html, LEAD),
        doubts=unrepaired(words.title + words.body),
        nameless_pictures=len(_NAMELESS.findall(words.body)),
        unfilled=bool(_TO_FILL.search(words.title + words.body)),
    )


def mail_of(campaign: Campaign, typed: Text, author: str, audience: str) -> Letter:
    """Write the notification of what is typed, as the worker writes it when the report is out."""
    words = tidy(typed)
    lead = rendered(words.body, stored_for(campaign.id))["lead"]
    return sample(Subject(words.title, author, lead, audience), campaign)


def pasted(html: str, text: str) -> str:
    """Return what was pasted, as clean Markdown: from its HTML where there is any, else from its text."""
    found = to_markdown(html) if html.strip() else ""
    return found or in_paragraphs(tidy(Text("", text)).body)
