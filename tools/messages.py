"""The tool for text messages. Until a message service is set up they wait in the outbox folder."""

from __future__ import annotations

import json
import uuid

from tools.context import ToolContext
from tools.errors import Refused
from tools.phone import normal_number
from tools.spec import Effect, Phone, Result, StatusResult, Text, tool

_MOST_CHARACTERS = 1600  # ten parts of a concatenated message; longer ones are refused by networks


@tool(group="messages", effect=Effect.OUTGOING)
def send_sms(ctx: ToolContext, recipients: list[Phone], message: Text) -> StatusResult:
    """Send one text message (SMS) to one or more phone numbers."""
    numbers = list(dict.fromkeys(normal_number(number, ctx.person.region) for number in recipients if number))
    text = message.strip()
    if not numbers:
        raise Refused("The message has no recipient.", hint="Say whom it is for.")
    if not text:
        raise Refused("The message is empty.", hint="Say what it should tell.")
    if len(text) > _MOST_CHARACTERS:
        raise Refused(
            f"The message has {len(text):,} characters; at most {_MOST_CHARACTERS:,} can be sent.",
            hint="Send it as a mail.",
        )
    entry = {"id": str(uuid.uuid4()), "time": ctx.now.isoformat(), "to": numbers, "text": text}
    data = json.dumps(entry, ensure_ascii=False, indent=2) + "\n"
    ctx.changes.create(ctx.folders.outbox / f"{ctx.now:%Y%m%dT%H%M%S}-{entry['id']}.json", data.encode())
    shown = f"Message to {', '.join(numbers)} waits in the outbox: “{text}”"
    return Result(shown, f"{shown} It is sent when a message service is set up.")
