"""Says whether a session can begin at one moment, with nothing but a wall clock and patience."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from lib.scheduling.availability import Schedule

_QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)


class Oracle:
    """Shares nothing with the product: it looks at each quarter hour by itself."""

    def __init__(
        self, plan: Schedule, now: datetime, taken: list[tuple[datetime, datetime]]
    ) -> None:
        self.plan, self.now, self.taken = plan, now, taken
        self.zone = ZoneInfo(plan.time_zone)

    def starts(self, begin: datetime, end: datetime, minutes: int) -> list[datetime]:
        """Return each moment, by quarter hours from `begin`, at which a session can begin."""
        answer, moment = [], begin
        while moment < end:
            if self.may_begin(moment, minutes):
                answer.append(moment)
            moment += _QUARTER
        return answer

    def may_begin(self, moment: datetime, minutes: int) -> bool:
        if moment <= self.now or moment < self.now + timedelta(minutes=self.plan.notice_minutes):
            return False
        if not self.is_within_the_window(moment.astimezone(self.zone).date()):
            return False
        local = self.local(moment)
        beyond = local.hour * 60 + local.minute - self.plan.offset_minutes
        if beyond % self.plan.interval_minutes:
            return False
        for place in range(minutes // 15):
            if not self.is_open(moment + place * _QUARTER):
                return False
        begin = moment - timedelta(minutes=self.plan.buffer_before_minutes)
        end = moment + timedelta(minutes=minutes + self.plan.buffer_after_minutes)
        return not any(start < end and begin < stop for start, stop in self.taken)

    def is_within_the_window(self, day: date) -> bool:
        if self.plan.window_kind == "dates":
            assert self.plan.first_date
            assert self.plan.last_date
            return self.plan.first_date <= day <= self.plan.last_date
        last, left = self.now.astimezone(self.zone).date(), self.plan.window_days
        while left:
            last += _DAY
            if self.plan.window_kind == "days" or last.isoweekday() <= 5:
                left -= 1
        return day <= last

    def local(self, moment: datetime) -> datetime:
        """Return what the clock on the wall shows where the mentor then is."""
        for journey in reversed(self.plan.journeys):
            there = moment.astimezone(ZoneInfo(journey.time_zone))
            if journey.first_date <= there.date() <= journey.last_date:
                return there
        return moment.astimezone(self.zone)

    def is_open(self, moment: datetime) -> bool:
        local = self.local(moment)
        minute = local.hour * 60 + local.minute
        today, yesterday = local.date(), local.date() - _DAY
        if any(each.first_date <= today <= each.last_date for each in self.plan.absences):
            return False
        exceptions = [
            each.is_open
            for each in self.plan.dated
            if (each.local_date == today and each.starts_minute <= minute < each.ends_minute)
            or (each.local_date == yesterday and minute + 1440 < each.ends_minute)
        ]
        if exceptions:
            return all(exceptions)
        return any(
            (rule.weekday == today.isoweekday() and rule.starts_minute <= minute < rule.ends_minute)
            or (rule.weekday == yesterday.isoweekday() and minute + 1440 < rule.ends_minute)
            for rule in self.plan.weekly
        )
