"""The words of the mail that brings a receipt."""

from flask import render_template

from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.i18n import gettext as _
from fundsite.mail import Letter, Writer
from fundsite.pledges.models import Pledge
from fundsite.receipts.links import mailed_url
from fundsite.receipts.models import DONATION, Receipt
from fundsite.receipts.service import READY
from fundsite.site import current_site


def kind_label(kind: str) -> str:
    """Name a kind of receipt."""
    return _("寄附金受領証明書") if kind == DONATION else _("領収書")


def _letter(receipt_id: int) -> Letter:
    receipt = db.session.get_one(Receipt, receipt_id)
    pledge = db.session.get_one(Pledge, receipt.pledge_id)
    campaign, site = db.session.get_one(Campaign, pledge.campaign_id), current_site()
    context = {
        "site": site,
        "receipt": receipt,
        "kind": kind_label(receipt.kind),
        "name": pledge.name or _("ご支援者"),
        "header_title": campaign.title,
        "receipt_url": mailed_url(receipt_id, pledge.locale),
    }
    return Letter(
        subject=" ".join(render_template(f"mail/{READY}/subject.txt", **context).split()),
        text=render_template(f"mail/{READY}/body.txt", **context).strip() + "\n",
        html=render_template(f"mail/{READY}/body.html", **context),
        sender_name=site.name,
        reply_to=site.contact_email,
    )


WRITERS: dict[str, Writer] = {READY: _letter}
