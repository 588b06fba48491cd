"""What the rules find in a text: days, times of day, instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time


class Impossible(ValueError):  # noqa: N818 (a state of the text)
    """The text names a date or time that does not exist; `str(error)` quotes it."""


class Vague(ValueError):  # noqa: N818
    """The text names a time that is not definite ("sometime next week")."""


@dataclass(frozen=True, slots=True)
class Days:
    """A day, or several in a row (`last` included)."""

    first: date
    last: date
    named: bool = True  # the text names the day itself, not a stretch of time


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day. `sure`: morning or afternoon was said or is clear from the 24-hour form."""

    hour: int
    minute: int = 0
    sure: bool = True
    next_day: bool = False  # midnight belongs to the end of the day that is named

    def at(self, day_part: str = "") -> time:
        """The time of day, in the part of the day that the text speaks of."""
        hour = self.hour
        if not self.sure and 1 <= hour <= 12:
            if day_part == "am":
                hour %= 12
            elif day_part == "pm":
                hour = hour % 12 + 12
            elif hour <= 7:
                hour += 12
        return time(hour, self.minute)


@dataclass(slots=True)
class Found:
    """Everything that one text says about time."""

    days: Days | None = None
    start: Clock | None = None
    end: Clock | None = None
    end_days: Days | None = None  # "from Monday to Wednesday"
    instant: datetime | None = None  # "in 20 minutes"
    day_part: str = ""  # "am", "pm"
    part_start: Clock | None = None  # what "in the evening" alone means
    all_day: bool = False

    @property
    def nothing(self) -> bool:
        """Whether the text says nothing about time."""
        return not (self.days or self.start or self.instant or self.part_start or self.all_day)
