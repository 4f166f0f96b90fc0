"""What a report's text was, who wrote it, and how two texts differ."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from itertools import zip_longest

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.db import db
from fundsite.updates.models import OVERTAKEN, SAVED, Update, UpdateRevision

ONE_SITTING = timedelta(minutes=5)
STILL_ALL_THERE = 8, 10  # a text that lost more than a fifth is a revision of its own
ALIKE = 0.4
LONGEST_COMPARED = 4_000
AROUND = 2

_WORD = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)


@dataclass(frozen=True)
class Text:
    """A title and a text."""

    title: str
    body: str


@dataclass(frozen=True)
class Writer:
    """Who writes, and in which tab: a tab is never overtaken by itself."""

    staff_id: int
    tab: str


def newest(session: Session, update: Update) -> UpdateRevision:
    """Return the revision that is the report's text now; one that came from a folder gets its first."""
    found = session.scalar(
        select(UpdateRevision)
        .where(UpdateRevision.update_id == update.id, UpdateRevision.version == update.version)
        .where(UpdateRevision.kind == SAVED)
        .order_by(UpdateRevision.id.desc())
        .limit(1)
    )
    if found is None:
        at = update.edited_at or update.published_at or clock.now()
        found = _row(update, SAVED, Text(update.title, update.body), Writer(0, ""), at)
        session.add(found)
    return found


def text_now(update: Update) -> Text:
    """Return the text that an editor goes on with, which over a published report may differ from what is public."""
    found = db.session.execute(
        select(UpdateRevision.title, UpdateRevision.body)
        .where(UpdateRevision.update_id == update.id, UpdateRevision.version == update.version)
        .where(UpdateRevision.kind == SAVED)
        .order_by(UpdateRevision.id.desc())
        .limit(1)
    ).one_or_none()
    return Text(found.title, found.body) if found else Text(update.title, update.body)


def keep(session: Session, update: Update, last: UpdateRevision, text: Text, writer: Writer, base: int) -> bool:
    """Write a text down after `last`. Whether it began a new revision: what one person types in one sitting is one."""
    now = clock.now()
    goes_on = (
        (last.staff_id, last.tab) == (writer.staff_id, writer.tab)
        and base == update.version
        and now - last.begun_at < ONE_SITTING
        and len(text.body) * STILL_ALL_THERE[1] >= len(last.body) * STILL_ALL_THERE[0]
    )
    update.version += 1
    update.edited_at = now
    if goes_on:
        last.title, last.body, last.version, last.at = text.title, text.body, update.version, now
    else:
        session.add(_row(update, SAVED, text, writer, now))
    return not goes_on


def keep_overtaken(session: Session, update: Update, text: Text, writer: Writer) -> None:
    """Keep what somebody wrote while another was faster; the same words once."""
    rows = session.scalars(
        select(UpdateRevision).where(UpdateRevision.update_id == update.id, UpdateRevision.kind == OVERTAKEN)
    )
    if all((row.title, row.body) != (text.title, text.body) for row in rows):
        session.add(_row(update, OVERTAKEN, text, writer, clock.now()))


def _row(update: Update, kind: str, text: Text, writer: Writer, at: datetime) -> UpdateRevision:
    return UpdateRevision(
        update_id=update.id,
        version=update.version,
        kind=kind,
        title=text.title,
        body=text.body,
        staff_id=writer.staff_id or None,
        tab=writer.tab,
        begun_at=at,
        at=at,
    )


def revisions_of(update_id: int) -> list[UpdateRevision]:
    """Return every text that a report had, the newest first."""
    rows = select(UpdateRevision).where(UpdateRevision.update_id == update_id)
    return list(db.session.scalars(rows.order_by(UpdateRevision.at.desc(), UpdateRevision.id.desc())))


Part = tuple[str, str]  # "same", "ins" or "del", and the words


@dataclass(frozen=True)
class Line:
    """A line of a comparison. `skipped` counts lines left out because nothing changed there."""

    parts: tuple[Part, ...]
    skipped: int = 0


def difference(old: str, new: str) -> list[Line]:
    """Compare two texts line by line, and changed lines sign by sign."""
    before, after = old.split("\n"), new.split("\n")
    lines: list[Line] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += _unchanged(before[i1:i2])
        else:
            for gone, come in zip_longest(before[i1:i2], after[j1:j2]):
                lines += _changed(gone, come)
    return lines


def _unchanged(same: list[str]) -> list[Line]:
    shown = [Line((("same", line),)) for line in same]
    left_out = len(shown) - 2 * AROUND
    return [*shown[:AROUND], Line((), left_out), *shown[-AROUND:]] if left_out > 1 else shown


def _changed(gone: str | None, come: str | None) -> list[Line]:
    if gone and come and max(len(gone), len(come)) <= LONGEST_COMPARED:
        old, new = _WORD.findall(gone), _WORD.findall(come)
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        if matcher.ratio() >= ALIKE:
            return [Line(tuple(_signs(matcher, old, new)))]
    whole = (("del", gone), ("ins", come))
    return [Line(((kind, words),)) for kind, words in whole if words]


def _signs(matcher: "SequenceMatcher[str]", old: list[str], new: list[str]) -> list[Part]:
    parts: list[Part] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            parts.append(("same", "".join(old[i1:i2])))
        else:
            parts += [("del", "".join(old[i1:i2])), ("ins", "".join(new[j1:j2]))]
    return [part for part in parts if part[1]]
