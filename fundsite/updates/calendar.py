"""An event of a report as a calendar file [RFC 5545]."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Response

from fundsite.markup import Event, events_of
from fundsite.settings import current_settings
from fundsite.updates.service import NoSuchUpdate

LONGEST_LINE = 73  # octets; a line continues after a line break and a space


def event_file(body: str, position: int, uid: str, url: str) -> str:
    """Return a text's event of that position as a calendar; NoSuchUpdate if there is none with a time."""
    events = events_of(body)
    event = events[position - 1] if 1 <= position <= len(events) else None
    if event is None or event.starts is None:
        raise NoSuchUpdate(uid)
    return calendar(event, uid, url, current_settings().timezone)


def calendar(event: Event, uid: str, url: str, zone: ZoneInfo) -> str:
    """Write one event; its times are of `zone`."""
    described = "\n".join([*(f"{key}: {value}" for key, value in event.fields), url])
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//fundsite//reports//JA",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        *_times(event, zone),
        f"SUMMARY:{_escaped(event.title)}",
        *([f"LOCATION:{_escaped(event.place)}"] if event.place else []),
        f"DESCRIPTION:{_escaped(described)}",
        f"URL:{url}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _times(event: Event, zone: ZoneInfo) -> list[str]:
    starts, ends = event.starts, event.ends
    if isinstance(starts, datetime):
        last = ends if isinstance(ends, datetime) else None
        return [f"DTSTART:{_utc(starts, zone)}", *([f"DTEND:{_utc(last, zone)}"] if last else [])]
    after = (ends or starts or date.min) + timedelta(days=1)  # a calendar's last day is the one after
    return [f"DTSTART;VALUE=DATE:{starts:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}"]


def _utc(local: datetime, zone: ZoneInfo) -> str:
    return f"{local.replace(tzinfo=zone).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Break a line where it is too long, never within a sign."""
    parts, room = [""], LONGEST_LINE
    for sign in line:
        size = len(sign.encode())
        if size > room:
            parts.append("")
            room = LONGEST_LINE - 1
        parts[-1] += sign
        room -= size
    return "\r\n ".join(parts)


def as_download(text: str) -> Response:
    """Answer with a calendar file."""
    return Response(
        text,
        mimetype="text/calendar",
        headers={"Content-Disposition": 'attachment; filename="event.ics"'},
    )
