"""Pictures for reports: stored under the hash of what they show, known to the campaign by a short name."""

from sqlalchemy import select

from fundsite import audit, pictures
from fundsite.campaigns.models import Campaign, CampaignPicture
from fundsite.db import transaction
from fundsite.updates.editing import OBJECT, find_report, pictures_for

LARGEST = 25 * 1024 * 1024
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "image/avif": "avif"}


def add_picture(update_id: int, data: bytes, staff_id: int) -> str:
    """Store a picture and return the name that a text uses for it. The same picture again has the same name.

    PictureRefused for what is no picture that browsers show; nothing is kept then.
    """
    campaign_id = find_report(update_id)[0].campaign_id
    stored = pictures.store().put(data)
    name = f"images/{stored.key[:12]}.{ENDINGS.get(stored.content_type, 'img')}"
    with transaction() as session:
        session.execute(select(Campaign.id).where(Campaign.id == campaign_id).with_for_update())
        known = select(CampaignPicture.id).where(
            CampaignPicture.campaign_id == campaign_id, CampaignPicture.name == name
        )
        if session.scalar(known) is None:
            row = pictures.as_row(stored)
            session.add(CampaignPicture(campaign_id=campaign_id, name=name, stored=row))
            audit.record(session, staff_id, "report.picture_added", OBJECT, update_id)
    return name


def as_markdown(name: str, alt: str) -> str:
    """Return the line that shows a picture."""
    said = " ".join(alt.split()).replace("[", "［").replace("]", "］")
    return f"![{said}]({name})"


def source_of(update_id: int, name: str) -> str:
    """Return where staff can look at a picture."""
    picture = pictures.picture_of(pictures_for(find_report(update_id)[0].campaign_id).get(name), "")
    shown = pictures.for_staff(picture)
    return shown.src if shown else ""
