"""Rewards that are words or a file: staff write once, each supporter gets a mail, and with it the thing has gone out.

The file lies behind the supporters' private links, and is open to those to whom it was sent.
"""

from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import audit, pictures, text
from fundsite.db import db, release, transaction
from fundsite.fulfilment.batches import held_batch
from fundsite.fulfilment.couriers import MAIL
from fundsite.fulfilment.errors import NotReady, WrongStep
from fundsite.fulfilment.models import Batch, BatchText, Obligation, Shipment
from fundsite.fulfilment.obligations import UNLOCKED, keep_obligations
from fundsite.fulfilment.shipping import LIVE, ship, things
from fundsite.markup import to_html
from fundsite.media.files import BY_TYPE
from fundsite.pledges.models import Pledge
from fundsite.updates.attachments import Found

REWARD_MAIL = "reward_mail"


def text_of_batch(batch_id: int) -> BatchText | None:
    """Return what staff have written for a batch."""
    return db.session.get(BatchText, batch_id)


def write(batch_id: int, subject: str, body: str, by: int | None) -> None:
    """Keep the words of a batch that goes by mail. Raises WrongStep once they were sent."""
    html = to_html(body).html
    with transaction() as session:
        row = _held_text(session, batch_id)
        row.subject, row.body, row.body_html = subject, body, html
        audit.record(session, by, "batch.write", "batch", batch_id)


def attach(batch_id: int, stream: IO[bytes], filename: str, by: int | None) -> None:
    """Keep a file beside the words; it takes the place of another. Raises FileRefused, and WrongStep once sent."""
    release()
    stored = pictures.store().put_file(stream)
    name = f"{text.file_stem(filename) or 'file'}.{BY_TYPE[stored.content_type].ending}"
    with transaction() as session:
        row = _held_text(session, batch_id)
        row.file = {"key": stored.key, "content_type": stored.content_type, "size": stored.size, "name": name}
        audit.record(session, by, "batch.attach", "batch", batch_id)


def detach(batch_id: int, by: int | None) -> None:
    """Send no file after all. Raises WrongStep once it was sent."""
    with transaction() as session:
        _held_text(session, batch_id).file = None
        audit.record(session, by, "batch.detach", "batch", batch_id)


def _held_text(session: Session, batch_id: int) -> BatchText:
    """Return the row of a batch's words, which nobody has been sent."""
    batch = held_batch(session, batch_id, (*UNLOCKED, "locked"))
    sent = session.scalar(select(Shipment.id).where(Shipment.batch_id == batch.id, *LIVE).limit(1))
    if batch.kind != MAIL or sent is not None:
        raise WrongStep(batch.title)
    row = session.get(BatchText, batch.id)
    if row is None:
        row = BatchText(batch_id=batch.id, subject="", body="", body_html="")
        session.add(row)
    return row


def send(batch_id: int, by: int | None) -> int:
    """Let the outbox send a locked batch's words to everybody in it who is owed them; returns how many mails.

    One for each pledge, and with it the thing has gone out. Raises NotReady where nothing is written, and WrongStep.
    """
    keep_obligations()
    with transaction() as session:
        batch = held_batch(session, batch_id, ("locked",))
        if batch.kind != MAIL:
            raise WrongStep(batch.title)
        written = session.get(BatchText, batch.id)
        if written is None or not written.subject:
            raise NotReady(batch.title)
        waiting = things(session, Obligation.batch_id == batch.id, Obligation.status == "owed", Pledge.email != "")
        ship(session, waiting, MAIL, by, REWARD_MAIL)
        if waiting:
            audit.record(session, by, "batch.ship", "batch", batch.id, items=len(waiting), carrier=MAIL)
        return len(waiting)


def file_for(pledge_id: int, batch_id: int) -> Found | None:
    """Return the file that was sent to a pledge with a batch; None where none was."""
    rows = (
        select(BatchText.file)
        .join(Shipment, Shipment.batch_id == BatchText.batch_id)
        .join(Obligation, Obligation.id == Shipment.obligation_id)
        .where(BatchText.batch_id == batch_id, Obligation.pledge_id == pledge_id, *LIVE)
    )
    return _found(db.session.scalar(rows))


def file_of_batch(batch: Batch) -> Found | None:
    """Return a batch's file, for staff."""
    written = text_of_batch(batch.id)
    return _found(written.file) if written else None


def _found(row: dict[str, object] | None) -> Found | None:
    path = pictures.store().path_of_file(str(row["key"])) if row else None
    return Found(path, str(row["name"]), str(row["content_type"])) if row and path else None
