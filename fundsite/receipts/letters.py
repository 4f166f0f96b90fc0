"""The words of the mail that brings a receipt."""

from fundsite.db import db
from fundsite.i18n import gettext as _
from fundsite.letters import letter
from fundsite.mail import Letter, Writer
from fundsite.pledges.models import Pledge
from fundsite.receipts.links import mailed_url
from fundsite.receipts.models import DONATION, Receipt
from fundsite.receipts.service import READY


def kind_label(kind: str) -> str:
    """Name a kind of receipt."""
    return _("寄附金受領証明書") if kind == DONATION else _("領収書")


def _letter(receipt_id: int) -> Letter:
    receipt = db.session.get_one(Receipt, receipt_id)
    pledge = db.session.get_one(Pledge, receipt.pledge_id)
    return letter(
        READY,
        receipt=receipt,
        kind=kind_label(receipt.kind),
        name=pledge.name or _("ご支援者"),
        receipt_url=mailed_url(receipt_id, pledge.locale),
    )


WRITERS: dict[str, Writer] = {READY: _letter}
