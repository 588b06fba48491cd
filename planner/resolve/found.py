"""What the rules find in a text: days, times of day, instants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta


class Impossible(ValueError):  # noqa: N818 (a state of the text)
    """The text names a date or time that does not exist; `str(error)` quotes it."""


class Vague(ValueError):  # noqa: N818
    """The text names a time that is not definite ("sometime next week")."""


Moment = date | datetime
"""A day, or a local wall time without a zone."""


@dataclass(frozen=True, slots=True)
class Days:
    """A day, or several in a row (`last` included)."""

    first: date
    last: date
    named: bool = True  # the text names the day itself, not a stretch of time


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day: `minute` minutes after `hour`, or before it if negative ("quarter to eight").

    `sure`: morning or afternoon was said or is clear from the 24-hour form. Hour 24 is the midnight
    at the end of the day that is named.
    """

    hour: int
    minute: int = 0
    sure: bool = True

    def minutes(self, part: str = "") -> int:
        """Minutes since the start of the named day, in the part of the day that the text speaks of.

        The parts are "am", "pm", "night" (which lasts into the next day), "early" (breakfast, an alarm:
        before noon, but 12 is noon), "morning" (said elsewhere: 5 to 11, other hours as usual) and
        "routine" (school, a shift: "7:30" is in the morning, "7" as usual).
        """
        hour = self.hour
        if not self.sure and 1 <= hour <= 12:
            match part:
                case "am":
                    hour = 12 if hour == 12 and self.minute < 0 else hour % 12
                case "pm":
                    hour = hour % 12 + 12
                case "night":
                    hour = hour % 12 + (24 if hour == 12 or hour <= 4 else 12)
                case "early":
                    pass
                case "morning":
                    hour += 12 if hour <= 4 else 0
                case "routine" if self.minute and hour * 60 + self.minute >= 5 * 60:
                    pass
                case _:
                    hour += 12 if hour <= 7 else 0
        return hour * 60 + self.minute


@dataclass(slots=True)
class Found:
    """Everything that one text says about time."""

    days: Days | None = None
    start: Clock | None = None
    end: Clock | None = None
    instant: datetime | None = None  # "in 20 minutes"
    day_part: str = ""  # as `Clock.minutes` takes it
    part_start: Clock | None = None  # what "in the evening" alone means
    hours: tuple[Clock, Clock] | None = None  # what a listing of the evening covers
    bound: str = ""  # "from" or "until" the one time
    all_day: bool = False

    @property
    def nothing(self) -> bool:
        """Whether the text says nothing about time."""
        return not (self.days or self.start or self.instant or self.part_start or self.all_day)


@dataclass(frozen=True, slots=True)
class DayPlace:
    """Days that a text names from `start` to `end`. `sure`: the words can hardly mean anything else."""

    start: int
    end: int
    value: Callable[[date], Days]
    recurring: bool = False  # "Monday", "the 3rd": there is one before and one after any day
    sure: bool = True
    kind: str = ""  # "weekday", "date"

    def days(self, today: date, *, after: date | None = None, past: bool = False) -> Days:
        """The days; recurring ones come after `after`, or are the last before today. Impossible, Vague."""
        try:
            found = self.value(after if self.recurring and after else today)
            if past and self.recurring and found.first > today:
                earlier = (self.value(today - timedelta(days=back)) for back in range(1, 400))
                found = next((days for days in earlier if days.last < today), found)
        except (Impossible, Vague):
            raise
        except (ValueError, OverflowError) as error:
            raise Impossible(str(error)) from error
        return found
