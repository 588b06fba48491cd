"""The names of weekdays, months and holidays, and the pieces of patterns made of them."""

from __future__ import annotations

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon",
            "tuesday tues tue",
            "wednesday weds wed",
            "thursday thurs thur thu",
            "friday fri",
            "saturday sat",
            "sunday sun",
        )
    )
    for name in names.split()
}
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        1,
    )
    for name in names.split()
}
HOLIDAYS = {
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "christmas": (12, 25),
    "xmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
    "new year's day": (1, 1),
    "new year's": (1, 1),
    "halloween": (10, 31),
    "valentine's day": (2, 14),
    "valentine's": (2, 14),
}
EASTER = {
    "shrove tuesday": -47,
    "pancake tuesday": -47,
    "pancake day": -47,
    "ash wednesday": -46,
    "palm sunday": -7,
    "maundy thursday": -3,
    "good friday": -2,
    "easter sunday": 0,
    "easter monday": 1,
    "easter": 0,
    "ascension day": 39,
    "whit sunday": 49,
    "whit monday": 50,
}
"""Days after Easter Sunday."""
BLACK_FRIDAY = {"black friday": 0, "cyber monday": 3}
"""Days after the Friday that follows the fourth Thursday of November."""


def one_of(names: dict[str, int] | dict[str, tuple[int, int]]) -> str:
    """A pattern for any of the names, the longest first."""
    return "|".join(sorted(names, key=len, reverse=True))


W = rf"(?P<weekday>{one_of(WEEKDAYS)})(?:'s|s)?\b\.?"
M = rf"(?P<month>{one_of(MONTHS)})\b\.?"
D = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
NTH = r"(?P<day>\d{1,2})(?:st|nd|rd|th)"
Y = r"(?:,? (?P<year>20\d\d))?\b"
UNITS = r"(?P<unit>days?|weeks?|months?|years?|fortnights?)"
