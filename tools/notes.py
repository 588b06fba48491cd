"""Tools for notes: open, write, continue and search Markdown files."""

from __future__ import annotations

from tools.context import ToolContext
from tools.errors import NotFound
from tools.spec import Effect, Label, Query, Result, StatusResult, Text, TextResult, Title, tool
from tools.stores.collection import unreadable_note
from tools.stores.matching import fold, nearest, word_matches, words
from tools.stores.notes import Note, NoteStore, read_text

_SHOWN_CHARACTERS = 2_000
_SEARCHED_BYTES = 2_000_000  # of each note: more is a log or a book, and would stall the search
_MAX_NOTES = 10
_MAX_LINES = 3
_MAX_LINE = 200
_QUERY_FILLERS = frozenset(
    {
        "a",
        "about",
        "an",
        "and",
        "find",
        "for",
        "i",
        "in",
        "my",
        "note",
        "notes",
        "of",
        "on",
        "the",
        "to",
        "with",
    }
)
_TITLE_WEIGHT = 2  # a word in the title says more than one in the text


@tool(group="notes", effect=Effect.READ)
def open_note(ctx: ToolContext, name: Label, folder: Label = "") -> TextResult:
    """Open a note and read its text.

    The value is the whole text; what is shown is shortened.
    """
    note = NoteStore(ctx.folders.notes).find(name, folder)
    text = read_text(note.path)
    if ctx.launcher is not None:
        ctx.launcher.open(str(note.path))
    return Result(text, f"{note.title}:\n{shortened(text)}" if text.strip() else f"{note.title} is empty.")


@tool(group="notes", effect=Effect.LOCAL_WRITE)
def create_note(ctx: ToolContext, name: Title, content: Text, folder: Label = "") -> StatusResult:
    """Create a new note with a title and text.

    A taken title gets a number, so that no text is lost; an unknown folder is made.
    """
    note = NoteStore(ctx.folders.notes).create(ctx.changes, name, content, folder)
    return _done(f"Created the note {note.title}{_where(note)}.")


@tool(group="notes", effect=Effect.LOCAL_WRITE)
def append_note_content(ctx: ToolContext, name: Label, content: Text, folder: Label = "") -> StatusResult:
    """Add text to the end of an existing note."""
    store = NoteStore(ctx.folders.notes)
    note = store.find(name, folder, to_change=True)
    store.append(ctx.changes, note, content)
    return _done(f"Added to the note {note.title}{_where(note)}.")


@tool(group="notes", effect=Effect.READ)
def search_notes(ctx: ToolContext, query: Query) -> TextResult:
    """Search all notes for words.

    Gives titles and matching lines, best first. Notes with all words hide notes with only some.
    NotFound if no note has any.
    """
    notes = NoteStore(ctx.folders.notes).notes()
    wanted = words(query, _QUERY_FILLERS)
    hits: list[tuple[int, int, str]] = []
    unreadable: list[str] = []
    for note in notes:
        try:
            hit = _search(note, wanted)
        except OSError:
            unreadable.append(note.path.name)
            continue
        if hit is not None:
            hits.append(hit)
    left_out = unreadable_note(unreadable)
    if not hits:
        near = nearest(query, (note.title for note in notes))
        raise NotFound(f"No note mentions {query}.", near, hint=left_out.strip())
    most = max(found for found, _, _ in hits)
    best = sorted((hit for hit in hits if hit[0] == most), key=lambda hit: -hit[1])
    text = "\n".join(lines for _, _, lines in best[:_MAX_NOTES])
    if len(best) > _MAX_NOTES:
        text += f"\nand {len(best) - _MAX_NOTES} more notes"
    return Result(text, f"{text}{left_out}")


def shortened(text: str) -> str:
    """`text`, cut for showing if it is long, with its real length."""
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return f"{text[:_SHOWN_CHARACTERS]}... ({len(text):,} characters in all)"


def _search(note: Note, wanted: list[str]) -> tuple[int, int, str] | None:
    """How many of the words the note has, how well, and its lines for the answer; None without any."""
    title_words = fold(f"{note.folder} {note.title}").split()
    in_title = {word for word in wanted if word_matches(word, title_words)}
    found = set(in_title)
    lines: list[tuple[int, str]] = []
    for line in read_text(note.path, _SEARCHED_BYTES).splitlines():
        line_words = fold(line).split()
        here = {word for word in wanted if word_matches(word, line_words)}
        if here:
            found |= here
            lines.append((len(here), line.strip()))
    if not found:
        return None
    lines.sort(key=lambda item: -item[0])
    score = _TITLE_WEIGHT * len(in_title) + (lines[0][0] if lines else 0)
    shown = [f"  {line[:_MAX_LINE]}" for _, line in lines[:_MAX_LINES]]
    return len(found), score, "\n".join([f"{note.title}{_where(note)}:" if shown else note.title, *shown])


def _where(note: Note) -> str:
    return f" in {note.folder}" if note.folder else ""


def _done(sentence: str) -> Result:
    return Result(sentence, sentence)
