"""The words of the shipping room's mails, found when they are sent."""

from sqlalchemy import Row, select

from fundsite.db import db
from fundsite.fulfilment.batches import LAST_CALL
from fundsite.fulfilment.couriers import tracking_url
from fundsite.fulfilment.models import Batch, BatchItem, BatchText, Obligation, Shipment
from fundsite.fulfilment.reward_mail import REWARD_MAIL
from fundsite.fulfilment.shipping import RETURNED, SHIPPED
from fundsite.fulfilment.words import courier_label
from fundsite.i18n import current_locale
from fundsite.mail import Letter, Writer
from fundsite.pledges import access
from fundsite.pledges.letters import pledge_letter
from fundsite.pledges.models import Pledge


def _last_call(item_id: int) -> Letter | None:
    """Ask for a look at the address; nothing where the thing has left the batch, or the batch is locked by now."""
    rows = (
        select(Obligation.pledge_id, Batch)
        .join(BatchItem, BatchItem.obligation_id == Obligation.id)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(BatchItem.id == item_id, BatchItem.removed_at.is_(None), Obligation.status == "owed")
    )
    found = db.session.execute(rows.where(Batch.status == "announced")).one_or_none()
    if found is None:
        return None
    pledge_id, batch = found
    return pledge_letter(LAST_CALL, pledge_id, until=batch.corrections_until, ship_on=batch.ship_on)


def _shipped(shipment_id: int) -> Letter | None:
    """Say that a parcel is on its way; nothing where that was undone, or it has come back by now."""
    shipment, obligation = _shipment(shipment_id)
    if shipment.undone_at or shipment.returned_at:
        return None
    carrier, number = shipment.carrier, shipment.tracking_number
    return pledge_letter(
        SHIPPED,
        obligation.pledge_id,
        shipment=shipment,
        carrier=courier_label(carrier),
        tracking_url=tracking_url(carrier, number, current_locale()),
    )


def _returned(shipment_id: int) -> Letter | None:
    """Ask where a parcel that came back shall go; nothing where it is not owed any more, or out again."""
    _back, obligation = _shipment(shipment_id)
    if obligation.status != "owed":
        return None
    return pledge_letter(RETURNED, obligation.pledge_id)


def _reward(shipment_id: int) -> Letter | None:
    """Give the words, and the private link to the file, that are the reward."""
    shipment, obligation = _shipment(shipment_id)
    written = db.session.get(BatchText, shipment.batch_id) if shipment.batch_id else None
    if shipment.undone_at or written is None:
        return None
    pledge = db.session.get_one(Pledge, obligation.pledge_id)
    place = f"rewards/{shipment.batch_id}/"
    link = access.private_url(pledge.reference, place, pledge.locale, pledge.link_number) if written.file else ""
    return pledge_letter(REWARD_MAIL, pledge.id, written=written, file_url=link)


def _shipment(shipment_id: int) -> Row[Shipment, Obligation]:
    rows = select(Shipment, Obligation).join(Obligation, Obligation.id == Shipment.obligation_id)
    return db.session.execute(rows.where(Shipment.id == shipment_id)).one()


WRITERS: dict[str, Writer] = {
    LAST_CALL: _last_call,
    SHIPPED: _shipped,
    RETURNED: _returned,
    REWARD_MAIL: _reward,
}
