"""Tools for mail: write, answer, forward, search.

Without a configured `sendmail` command a finished mail becomes a draft, which any mail program can
send. With one, the mail is kept as a draft first, then sent, then filed under Sent: whatever fails,
the text is not lost.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage

from tools.context import ToolContext
from tools.errors import NotFound, ToolError, Unavailable
from tools.spec import (
    Effect,
    Email,
    MaybeEmail,
    MaybePath,
    MaybeText,
    Name,
    Query,
    Result,
    StatusResult,
    Text,
    TextResult,
    Title,
    tool,
)
from tools.stores import compose
from tools.stores.attachments import Attachment, attach, carried
from tools.stores.contacts import AddressBook
from tools.stores.maildir import DRAFTS, SENT, Mail, inbox, put
from tools.stores.matching import fold, word_matches, words
from tools.stores.senders import mails_from

_SEND_SECONDS = 60
_SHOWN_MAILS, _SNIPPET = 10, 160
_NONE_FOUND = "-"  # selected by a search without a hit: "forward it" must not forward the one before
_FILLERS = frozenset(
    {"a", "about", "email", "emails", "e", "for", "from", "in", "mail", "mails", "message", "messages"}
    | {"my", "of", "on", "regarding", "that", "the", "to", "with"}
)


@tool(group="mail", effect=Effect.OUTGOING)
def compose_new_email(
    ctx: ToolContext,
    recipients: list[Email],
    cc: list[MaybeEmail],
    subject: Title,
    context: Text,
    attachments: list[MaybePath],
) -> StatusResult:
    """Write a new e-mail; context is what it says."""
    message = compose.new_mail(ctx.person, ctx.now, recipients, cc, subject, context)
    return _send(ctx, message, [], attachments, "Mail")


@tool(group="mail", effect=Effect.OUTGOING)
def reply_to_email(
    ctx: ToolContext, cc: list[MaybeEmail], context: Text, attachments: list[MaybePath]
) -> StatusResult:
    """Reply to the currently selected e-mail."""
    message = compose.answer(ctx.person, ctx.now, _selected(ctx), cc, context)
    return _send(ctx, message, [], attachments, "Reply")


@tool(group="mail", effect=Effect.OUTGOING)
def forward_email(
    ctx: ToolContext,
    recipients: list[Email],
    cc: list[MaybeEmail],
    context: MaybeText,
    attachments: list[MaybePath],
) -> StatusResult:
    """Forward the currently selected e-mail."""
    original = _selected(ctx)
    message = compose.forward(ctx.person, ctx.now, original, recipients, cc, context)
    return _send(ctx, message, carried(original.message), attachments, "Forwarded mail")


@tool(group="mail", effect=Effect.READ)
def search_email(ctx: ToolContext, query: Query = "", sender: Name = "") -> TextResult:
    """Search the received e-mails by words and by sender.

    The newest match becomes the selected mail, the one that "reply" and "forward" mean.
    """
    wanted = [word for word in words(query, _FILLERS) if word not in _FILLERS]
    mails = list(inbox(ctx.folders.mail))
    if sender:
        mails = mails_from(sender, mails, AddressBook.read(ctx.folders.contacts))
    found = [mail for mail in mails if _matches(mail, wanted)]
    if ctx.services.select_mail is not None:
        ctx.services.select_mail(found[0].id if found else _NONE_FOUND)
    if not found:
        what = " ".join(filter(None, (f"about {query}" if query else "", f"from {sender}" if sender else "")))
        text = f"No mail {what} was found." if what else "There is no mail."
        return Result(text, text)
    lines = [_line(mail) for mail in found[:_SHOWN_MAILS]]
    if len(found) > _SHOWN_MAILS:
        lines.append(f"and {len(found) - _SHOWN_MAILS} more")
    value = "\n".join(lines)
    return Result(value, value)


def _matches(mail: Mail, wanted: list[str]) -> bool:
    if not wanted:
        return True
    text = fold(f"{mail.subject} {mail.sender}").split()
    if all(word_matches(word, text) for word in wanted):
        return True
    text += fold(mail.body).split()
    return all(word_matches(word, text) for word in wanted)


def _line(mail: Mail) -> str:
    snippet = " ".join(mail.body.split())
    snippet = snippet if len(snippet) <= _SNIPPET else snippet[: _SNIPPET - 1].rstrip() + "…"
    return f"{_local(mail.date):%Y-%m-%d %H:%M}  {mail.sender}: {mail.subject}\n    {snippet}"


def _local(date: datetime) -> datetime:
    try:
        return date.astimezone()
    except (OverflowError, ValueError, OSError):  # a made-up date at the end of the year 9999
        return date


def _selected(ctx: ToolContext) -> Mail:
    """The selected mail, the newest if none is. NotFound if it is gone, or there is no mail."""
    wanted = ctx.services.selected_mail()
    if wanted == _NONE_FOUND:
        raise NotFound("The last search found no mail.", hint="Search for the mail you mean.")
    for mail in inbox(ctx.folders.mail):
        if not wanted or mail.id == wanted:
            return mail
    if wanted:
        raise NotFound("The selected mail is no longer in the inbox.", hint="Search for it again.")
    raise NotFound("There is no mail to answer or forward.", hint="Receive some mail first.")


def _send(
    ctx: ToolContext, message: EmailMessage, passed_on: Sequence[Attachment], files: Sequence[str], what: str
) -> Result:
    names = attach(message, passed_on, files, ctx.folders.roots)
    to = ", ".join(filter(None, (message["To"], message["Cc"])))
    about = f"{what} to {to}, “{message['Subject']}”"
    if names:
        about += f" with {', '.join(names)}"
    draft = put(ctx.changes, ctx.folders.mail / DRAFTS, message, flags="DS", now=ctx.now)
    if not ctx.services.sendmail:
        text = f"{about}: saved in Drafts, ready to be sent from your mail program."
        return Result(text, text)
    _run_sendmail(ctx, message)
    put(ctx.changes, ctx.folders.mail / SENT, message, flags="S", now=ctx.now)
    ctx.changes.delete(draft)
    return Result(f"{about}: sent.", f"{about}: sent.")


def _run_sendmail(ctx: ToolContext, message: EmailMessage) -> None:
    """Send through the configured command; recipients are arguments, the mail is standard input."""
    everyone = compose.addresses(f"{message['To']},{message['Cc'] or ''}".split(","))
    command = [*ctx.services.sendmail, "--", *everyone]
    kept = "The mail is kept in Drafts."
    try:
        done = subprocess.run(
            command, input=message.as_bytes(), capture_output=True, timeout=_SEND_SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise Unavailable(
            f"The command {command[0]!r} that sends mail does not exist. {kept}",
            hint="Correct backends.sendmail in the settings.",
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"The mail could not be sent ({type(error).__name__}). {kept}") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[:300]
        raise ToolError(f"The mail could not be sent: {said or f'code {done.returncode}'}. {kept}")
