"""A campaign's pictures: taken in under a name that texts can use, described, chosen as the cover."""

import re
from dataclasses import dataclass

from fundsite import audit, pictures, text
from fundsite.campaigns.editing import EditRefused, locked, pictures_of, stored_pictures
from fundsite.campaigns.models import Campaign, CampaignPicture, NextGoal
from fundsite.campaigns.render import Stored, Values, faq_rows, next_goal_values, story_values
from fundsite.campaigns.service import next_goals
from fundsite.db import db, release, transaction
from fundsite.i18n import gettext as _
from fundsite.media import Picture, PictureRefused

LONGEST_ALT = 200
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    filename: str
    data: bytes


@dataclass(frozen=True)
class Shown:
    """A picture in the staff room."""

    id: int
    name: str
    alt: str
    picture: Picture | None
    markdown: str
    is_cover: bool


def gallery(campaign_id: int, cover: str) -> list[Shown]:
    """Return a campaign's pictures with the line that shows each in a text."""
    return [
        Shown(
            row.id,
            row.name,
            row.alt,
            pictures.for_staff(pictures.picture_of(row.stored, row.alt)),
            f"![{re.sub(r'[][]', ' ', row.alt)}]({row.name})",
            row.name == cover,
        )
        for row in pictures_of(campaign_id)
    ]


def add_pictures(campaign_id: int, uploads: list[Upload], staff_id: int) -> tuple[list[str], list[str]]:
    """Take pictures in. Returns the names given, and a sentence for each file that is no picture we can show.

    Copies are made before the transaction opens; the same file again keeps its name.
    """
    taken, refused = [], []
    release()
    for upload in uploads:
        try:
            taken.append((upload.filename, pictures.as_row(pictures.store().put(upload.data))))
        except PictureRefused as error:
            refused.append(f"{upload.filename}: {error}")
    with transaction() as session:
        locked(session, campaign_id)
        known = {row.name: row for row in pictures_of(campaign_id)}
        names = []
        for filename, stored in taken:
            name = _name_for(filename, stored["key"], stored["content_type"], known)
            if name not in known:
                known[name] = CampaignPicture(campaign_id=campaign_id, name=name, stored=stored)
                session.add(known[name])
            names.append(name)
        if names:
            audit.record(session, staff_id, "picture.add", "campaign", campaign_id, count=len(names))
    _show_in_texts(campaign_id)
    return names, refused


def _show_in_texts(campaign_id: int) -> None:
    """Render texts anew that named a picture before it was there. One that is changed meanwhile is left alone."""
    stored = stored_pictures(campaign_id)
    campaign = db.session.get_one(Campaign, campaign_id)
    story, faq = story_values(campaign.story, stored), faq_rows(campaign.faq, stored)
    goals = {goal.id: _goal_words(goal, stored) for goal in next_goals(campaign)}
    before = campaign.faq
    with transaction() as session:
        campaign = locked(session, campaign_id)
        if campaign.story == story["story"] and campaign.story_html != story["story_html"]:
            campaign.story_html, campaign.headings = story["story_html"], story["headings"]
        if campaign.faq == before and before != faq:
            campaign.faq = faq
        for goal in next_goals(campaign):
            if goal.id in goals and goal.body == goals[goal.id]["body"]:
                goal.body_html = goals[goal.id]["body_html"]


def _goal_words(goal: NextGoal, stored: Stored) -> Values:
    """Return a next goal's words, rendered with the pictures that there are."""
    return next_goal_values(goal.amount, goal.title, goal.body, stored)


def _name_for(filename: str, key: str, content_type: str, known: dict[str, CampaignPicture]) -> str:
    """Return the name that these bytes have already, or a free one made of the file's own."""
    for name, row in known.items():
        if row.stored["key"] == key:
            return name
    stem = text.file_stem(filename) or "picture"
    name, number = f"images/{stem}.{ENDINGS[content_type]}", 2
    while name in known:
        name, number = f"images/{stem}-{number}.{ENDINGS[content_type]}", number + 1
    return name


def describe(campaign_id: int, alts: dict[int, str], staff_id: int) -> None:
    """Save what pictures show, in words, for those who do not see them."""
    with transaction() as session:
        locked(session, campaign_id)
        changed = 0
        for row in pictures_of(campaign_id):
            alt = alts.get(row.id, row.alt)[:LONGEST_ALT]
            changed += alt != row.alt
            row.alt = alt
        if changed:
            audit.record(session, staff_id, "picture.describe", "campaign", campaign_id, count=changed)


def choose_cover(campaign_id: int, picture_id: int, staff_id: int) -> None:
    """Make a picture the campaign's cover. EditRefused if it is none of its pictures."""
    with transaction() as session:
        campaign = locked(session, campaign_id)
        row = session.get(CampaignPicture, picture_id)
        if row is None or row.campaign_id != campaign_id:
            raise EditRefused("cover", _("その画像は見つかりませんでした。"))
        campaign.cover = {"name": row.name, **row.stored}
        audit.record(session, staff_id, "campaign.cover", "campaign", campaign_id)
