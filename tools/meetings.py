"""The tool for video meetings: a link that people can meet at.

A Jitsi room exists as soon as somebody opens its link; so no account and no request is needed, and
whoever can't guess the room's name can't come in. People with a personal Zoom room get that.
"""

from __future__ import annotations

import re
import secrets
import string
from datetime import datetime
from typing import Annotated

from tools.context import ToolContext
from tools.errors import ToolError
from tools.spec import Arg, Effect, Kind, LinkResult, MaybeEmail, Minutes, Result, Title, tool
from tools.stores.matching import fold

MaybeDateTime = Annotated[str, Arg(Kind.DATE, optional=True)]

_SECRET_CHARACTERS = 12  # of 36: 62 bits
_TOPIC_CHARACTERS = 40


# READ: making a link up changes nothing and sends nothing. It goes to people only through a mail, a
# message or an invitation, and those steps ask.
@tool(group="meetings", effect=Effect.READ)
def get_zoom_meeting_link(
    ctx: ToolContext,
    topic: Title,
    start_time: MaybeDateTime,
    duration: Minutes = 60,
    *,
    meeting_invitees: list[MaybeEmail],
) -> LinkResult:
    """Get a link for a video meeting.

    `start_time` is ISO local time or ""; `duration` is in minutes. Nobody is invited by this tool.
    """
    if duration <= 0:
        raise ToolError("A meeting must last at least a minute.", hint="Say how long it takes.")
    url = ctx.services.zoom_url or f"{ctx.services.meeting_url.rstrip('/')}/{_room(topic)}"
    name = " ".join(topic.split()) or "the meeting"
    about = [*_time(start_time), f"{duration} minutes"]
    if meeting_invitees:
        about.append(f"with {', '.join(meeting_invitees)}, not invited yet")
    return Result(url, f"Link for {name} ({', '.join(about)}): {url}")


def _room(topic: str) -> str:
    """A room name: the topic, readable in a URL, and characters that nobody can guess."""
    slug = re.sub(r"[^a-z0-9]+", "-", fold(topic))[:_TOPIC_CHARACTERS].strip("-")
    alphabet = string.ascii_lowercase + string.digits
    secret = "".join(secrets.choice(alphabet) for _ in range(_SECRET_CHARACTERS))
    return f"{slug or 'meeting'}-{secret}"


def _time(start_time: str) -> list[str]:
    if not start_time:
        return []
    try:
        start = datetime.fromisoformat(start_time)
    except ValueError as error:
        raise ToolError(
            f"{start_time!r} is not a date and time.", hint="Say when the meeting starts."
        ) from error
    return [f"{start:%A} {start.day} {start:%B %Y, %H:%M}"]
