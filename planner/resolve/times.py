"""Times of day in a text: "half past two", "2-3:30pm", "noon", "17:45", "in the evening".

Conventions where people leave it open: hours from 8 to 11 are in the morning, 12 is noon, 1 to 7 are in
the afternoon; a range takes the half of the day that its other end names.
"""

from __future__ import annotations

import re

from planner.resolve.found import Clock, Found, Impossible

_CLOCK = (
    r"(?:(?P<{0}past>half|quarter|\d{{1,2}})(?: minutes?)? (?P<{0}dir>past|after|to|before|til|till) "
    r"(?P<{0}h1>\d{{1,2}})(?: ?(?P<{0}m1>am|pm))?"
    r"|(?P<{0}word>noon|midday|midnight)"
    r"|(?P<{0}h2>\d{{1,2}})[:.h](?P<{0}min>\d{{2}})(?: ?(?P<{0}m2>am|pm))?(?! ?hours?\b)(?:uhr)?"
    r"|(?P<{0}mil>\d{{4}} ?(?:hours|hrs|h)\b|0\d[0-5]\d)"
    r"|(?P<{0}h3>\d{{1,2}})(?: (?P<{0}spoken>[0-5][05]))? ?(?P<{0}m3>am|pm|o'?clock)(?: (?P<{0}m4>am|pm))?"
    r"|(?P<{0}h4>\d{{1,2}}) (?P<{0}spoken2>15|30|45|20|10|40|50)(?! ?(?:am|pm|min|hour|sec|days?|weeks?|%))"
    r"|(?P<{0}bare>\d{{1,2}}))"
)
_A, _B = _CLOCK.format("a"), _CLOCK.format("b")
_EDGE = r"(?![\w/%]|[:.,]\d|-\d| ?(?:min|hour|hr|sec|day|week|month|year|people|st\b|nd\b|rd\b|th\b))"
_RANGE = re.compile(
    rf"(?<![\w/:.$-])(?:from |between )?{_A} ?(?:-|to|until|till|til|and|through)+ ?{_B}{_EDGE}"
)
_ONE = re.compile(rf"(?<![\w/:.$-]){_A}{_EDGE}")
_PREPOSITION = re.compile(
    r"(?:\b(?:at|by|around|about|from|until|till|til|before|after|to|for|@|for|start(?:ing|s)?)|@|^) ?$"
)
_PARTS = (
    (
        re.compile(r"\b(?:end of (?:the )?(?:work(?:ing)? ?)?day|eod|close of business|cob)\b"),
        "pm",
        Clock(17),
    ),
    (re.compile(r"\b(?:first thing|early morning)\b"), "am", Clock(9)),
    (re.compile(r"\b(?:lunch ?time|at lunch|over lunch|lunch break)\b"), "", Clock(12)),
    (re.compile(r"\bmornings?\b"), "am", Clock(9)),
    (re.compile(r"\b(?:late )?afternoons?\b"), "pm", Clock(14)),
    (re.compile(r"\b(?:evenings?)\b"), "pm", Clock(18)),
    (re.compile(r"\b(?:tonight|night)\b"), "pm", Clock(20)),
)
_ALL_DAY = re.compile(r"\b(?:all[ -]day|whole day|entire day|full day)\b")


def find_times(text: str, found: Found, *, whole: str, alone: bool) -> str:
    """Put the times of day in `text` (normal form, without the days) into `found`; the text without them.

    `whole` is the text with its days: "tonight" is both. `alone`: the text is meant to be a time, so
    a bare number is an hour. Impossible.
    """
    for pattern, half, clock in _PARTS:
        if pattern.search(whole):
            found.day_part, found.part_start = half, clock
            break
    found.all_day = _ALL_DAY.search(whole) is not None
    if match := _range(text):
        start, end = _clock(match, "a"), _clock(match, "b")
        found.start, found.end = _same_half(start, end, found.day_part)
        return _without(text, match)
    for match in _ONE.finditer(text):
        if (
            match["abare"] is None
            or _PREPOSITION.search(text[: match.start()])
            or (alone and _only(text, match))
        ):
            found.start = _clock(match, "a")
            return _without(text, match)
    return text


def _range(text: str) -> re.Match[str] | None:
    for match in _RANGE.finditer(text):
        both_bare = match["abare"] and match["bbare"]
        led = match[0].startswith(("from", "between")) or _PREPOSITION.search(text[: match.start()])
        if "and" in match[0].split() and not match[0].startswith("between"):
            continue
        if (
            both_bare
            and match["abare"] in {"5", "20", "25"}
            and " to " in match[0]
            and "from" not in match[0]
        ):
            continue  # "five to twelve" is a time, "ten to twelve" in a plan is two
        if not both_bare or led:
            return match
    return None


def _only(text: str, match: re.Match[str]) -> bool:
    """Whether nothing else is in the text that the number could count."""
    rest = text[: match.start()] + text[match.end() :]
    return not re.search(r"\d", rest)


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} ; {text[match.end() :]}"


def _clock(match: re.Match[str], side: str) -> Clock:
    """The time that one half of a pattern matched."""

    def group(name: str) -> str | None:
        value: str | None = match[side + name]
        return value

    if word := group("word"):
        return Clock(0, next_day=True) if word == "midnight" else Clock(12)
    if military := group("mil"):
        return _valid(int(military[:2]), int(military[2:4]), None, match[0], sure=True)
    if direction := group("dir"):
        return _relative(match, side, direction)
    minute = int(group("min") or group("spoken") or group("spoken2") or 0)
    hour_text = group("h2") or group("h3") or group("h4") or group("bare") or "0"
    half = group("m2") or group("m4") or group("m3")
    half = half if half in {"am", "pm"} else None
    sure = half is not None or int(hour_text) > 12 or (hour_text.startswith("0") and minute >= 0)
    return _valid(int(hour_text), minute, half, match[0], sure=sure)


def _relative(match: re.Match[str], side: str, direction: str) -> Clock:
    amount = {"half": 30, "quarter": 15}.get(match[side + "past"]) or int(match[side + "past"])
    if amount > 59:
        raise Impossible(match[0])
    clock = _valid(
        int(match[side + "h1"]), 0, match[side + "m1"], match[0], sure=match[side + "m1"] is not None
    )
    if direction in {"past", "after"}:
        return Clock(clock.hour, amount, clock.sure)
    hour = clock.hour - 1 if clock.hour > (0 if clock.sure else 1) else (23 if clock.sure else 12)
    return Clock(hour, 60 - amount, clock.sure)


def _valid(hour: int, minute: int, half: str | None, text: str, *, sure: bool) -> Clock:
    if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12 and hour > 12) or (hour == 24 and minute):
        raise Impossible(text.strip())
    if hour == 24:
        return Clock(0, next_day=True)
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return Clock(hour, minute, sure)


def _same_half(start: Clock, end: Clock, day_part: str) -> tuple[Clock, Clock]:
    """Both ends in a sensible half of the day: "11-1pm" is 11:00-13:00, "2-3pm" 14:00-15:00."""
    if not start.sure and end.sure:
        late = Clock(start.hour % 12 + 12, start.minute)
        early = Clock(start.hour % 12, start.minute)
        limit = 24 * 60 if end.next_day else end.hour * 60 + end.minute
        return (late if late.hour * 60 + late.minute < limit else early), end
    if not end.sure:
        begin = start.at(day_part)
        for hour in (end.hour % 12, end.hour % 12 + 12):
            if (hour, end.minute) > (begin.hour, begin.minute):
                return Clock(begin.hour, begin.minute), Clock(hour, end.minute)
    return start, end
