"""Calendars as RFC 5545 has them, written by the icalendar library.

Times stand in the viewer's own zone, with its rules beside them, so that an application without a
time zone database shows them right. The hour that comes twice when summer time ends stands in UTC:
by the RFC (3.3.5) a local time in it always means the first of the two.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from lib.calendars import rules
from lib.calendars.schemas import Event, Sheet
from lib.core import config
from lib.web.schema import File

if TYPE_CHECKING:
    import icalendar

_OURS = "mailto:post@minmentor.no"
_NAME = "MIN MENTOR"
_MEET = {"nb": "Møt {other} her: {url}", "en": "Meet {other} here: {url}"}
_MEET_NOBODY = {"nb": "Møtet er her: {url}", "en": "The meeting is here: {url}"}


def file(sheet: Sheet, now: datetime) -> File:
    """Return a calendar as a file; `now` is when it was written."""
    return File(content=written(sheet, now), name=f"{sheet.name}.ics")


def written(sheet: Sheet, now: datetime) -> bytes:
    """Return a calendar, UTF-8 with lines of 75 bytes at most that end in CRLF."""
    import icalendar

    zone = ZoneInfo(sheet.time_zone)
    made = icalendar.Calendar()
    made.add("prodid", "-//MIN MENTOR AS//minmentor.no//NO")
    made.add("version", "2.0")
    made.add("method", sheet.method)
    if sheet.method == "PUBLISH":
        made.add("x-wr-calname", _NAME)
        made.add("refresh-interval", rules.REFRESH, parameters={"VALUE": "DURATION"})
        made.add("x-published-ttl", icalendar.vDuration(rules.REFRESH))
    if sheet.events and zone.key != "UTC":
        made.add_component(_zone(zone, sheet.events))
    for event in sheet.events:
        made.add_component(_event(event, sheet, zone, now))
    content: bytes = made.to_ical()
    return content


def _zone(zone: ZoneInfo, events: tuple[Event, ...]) -> "icalendar.Timezone":
    """Return the rules of the zone, for the years in which there is something.

    The library's own are an hour late in spring: an onset is told in the time that it ends
    (RFC 5545, 3.6.5).
    """
    import icalendar

    first = min(event.starts_at for event in events).year - 1
    last = max(event.ends_at for event in events).year + 2
    begin = datetime(first, 1, 1, tzinfo=UTC)
    made = icalendar.Timezone()
    made.add("tzid", zone.key)
    made.add_component(_onset(begin, begin, zone))
    for onset in rules.changes_of(zone, begin, datetime(last, 1, 1, tzinfo=UTC)):
        made.add_component(_onset(onset, onset - timedelta(seconds=1), zone))
    return made


def _onset(moment: datetime, before: datetime, zone: ZoneInfo) -> "icalendar.Component":
    import icalendar

    then, until_then = moment.astimezone(zone), before.astimezone(zone)
    is_summer = bool(then.dst())
    made = icalendar.TimezoneDaylight() if is_summer else icalendar.TimezoneStandard()
    ended = until_then.utcoffset() or timedelta()
    made.add("dtstart", (moment + ended).replace(tzinfo=None))
    made.add("tzoffsetfrom", ended)
    made.add("tzoffsetto", then.utcoffset() or timedelta())
    made.add("tzname", then.tzname())
    return made


def _event(event: Event, sheet: Sheet, zone: ZoneInfo, now: datetime) -> "icalendar.Event":
    import icalendar

    url = f"{config.app_url()}/bookings/{event.booking_id}"
    meet = _MEET if event.other else _MEET_NOBODY
    made = icalendar.Event()
    made.add("uid", f"{event.booking_id}@minmentor.no")
    made.add("dtstamp", now.replace(microsecond=0))
    made.add("created", event.created_at.replace(microsecond=0))
    made.add("dtstart", _local(event.starts_at, zone))
    made.add("dtend", _local(event.ends_at, zone))
    made.add("sequence", event.sequence)
    made.add("status", event.status)
    made.add("summary", f"{event.title} – {event.other}" if event.other else event.title)
    made.add("description", meet[sheet.language].format(other=event.other, url=url))
    made.add("location", url)
    made.add("url", url)
    # Others who see the calendar see that its owner is busy, and not with whom.
    made.add("class", "PRIVATE")
    made.add("transp", "TRANSPARENT" if event.status == "CANCELLED" else "OPAQUE")
    made.add("organizer", icalendar.vCalAddress(_OURS), parameters={"CN": _NAME})
    if sheet.method != "PUBLISH" and sheet.address:
        made.add("attendee", icalendar.vCalAddress(f"mailto:{sheet.address}"), parameters=_COMES)
    return made


# Nobody waits for an answer to it.
_COMES = {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) if local.fold else local
