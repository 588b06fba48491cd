"""Tools for files: find one by its name and open it, list files, summarize a PDF.

Only folders named in the settings are searched; see tools.stores.roots.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from tools.context import ToolContext
from tools.errors import Ambiguous, NotFound, ToolError
from tools.pdf import read_pdf
from tools.spec import Effect, FileName, FilePath, Label, PathResult, Query, Result, TextResult, tool
from tools.stores.matching import best_matches, exact_matches, fold, nearest, word_matches, words
from tools.stores.roots import Found, Listing, allowed_file, at_label, labels, named_roots, normal, walk
from tools.summary import summarize

_MAX_LISTED = 50
_FILE_FILLERS = frozenset({"a", "called", "document", "file", "my", "named", "the"})
_FOLDER_FILLERS = frozenset({"directory", "folder", "my", "the"})
_QUERY_FILLERS = frozenset(
    {"a", "about", "all", "and", "any", "called", "file", "files", "find", "for", "from", "in", "list"}
    | {"me", "my", "named", "of", "on", "or", "show", "that", "the", "to", "which", "with"}
)

_PICTURES = frozenset({"jpg", "jpeg", "png", "gif", "webp", "heic", "heif", "tif", "tiff", "bmp", "svg"})
_SHEETS = frozenset({"xlsx", "xls", "ods", "csv", "tsv", "numbers"})
_TEXTS = frozenset({"doc", "docx", "odt", "pdf", "rtf", "txt", "md", "pages"})
_SLIDES = frozenset({"ppt", "pptx", "odp", "key"})
_SOUNDS = frozenset({"mp3", "m4a", "wav", "flac", "ogg", "opus", "aac"})
_FILMS = frozenset({"mp4", "mkv", "mov", "avi", "webm", "m4v"})
_KINDS = {
    **dict.fromkeys(("photo", "picture", "image", "pic"), _PICTURES),
    **dict.fromkeys(("spreadsheet", "excel"), _SHEETS),
    **dict.fromkeys(("document", "doc", "word"), _TEXTS),
    **dict.fromkeys(("presentation", "slide", "powerpoint"), _SLIDES),
    **dict.fromkeys(("recording", "audio", "song", "music"), _SOUNDS),
    **dict.fromkeys(("video", "movie", "film"), _FILMS),
}
_SUFFIXES = frozenset[str]().union(*_KINDS.values())

# Opening a program would run it; a plan may only show files.
_PROGRAMS = frozenset(
    {".desktop", ".sh", ".bash", ".run", ".appimage", ".exe", ".msi", ".bat", ".cmd", ".com", ".scr", ".ps1"}
    | {".vbs", ".js", ".jar", ".py", ".lnk", ".url", ".app", ".command", ".scpt", ".workflow"}
)


@tool(group="files", effect=Effect.READ)
def open_and_get_file_path(ctx: ToolContext, file_name: FileName) -> PathResult:
    """Find a file by its name, open it and get its path.

    The value is the absolute path. Ambiguous if several files are meant, Refused outside the roots.
    """
    path = _find_file(ctx.folders.roots, file_name)
    if path.suffix.lower() in _PROGRAMS:
        return Result(str(path), f"Found {path.name}; programs are not opened.")
    opened = ctx.launcher is not None and ctx.launcher.open(str(path))
    return Result(str(path), f"Opened {path.name}." if opened else f"Found {path.name}.")


@tool(group="files", effect=Effect.READ)
def find_files(ctx: ToolContext, query: Query, folder: Label = "") -> TextResult:
    """List the files whose names match the words, in a folder if given.

    A word may be part of the path ("invoice") or a kind of file ("pdf", "photos", "spreadsheets").
    NotFound if no file matches.
    """
    listing = walk(ctx.folders.roots)
    files = _in_folder(listing, [*listing.folders, *named_roots(ctx.folders.roots)], folder)
    wanted = words(query, _QUERY_FILLERS)
    if set(wanted) <= _QUERY_FILLERS:
        wanted = []  # "all my files"
    matching = [file for file in files if all(_matches(word, file) for word in wanted)]
    if not matching:
        place = f" in {folder}" if folder else ""
        close = nearest(query, (file.relative for file in files))
        raise NotFound(f"No files match {query}{place}.", close, hint=_searched(listing))
    lines = sorted((file.relative for file in matching), key=str.casefold)
    text = "\n".join(lines[:_MAX_LISTED])
    if len(lines) > _MAX_LISTED:
        text += f"\nand {len(lines) - _MAX_LISTED} more"
    return Result(text, text)


@tool(group="files", effect=Effect.READ)
def summarize_pdf(ctx: ToolContext, pdf_path: FilePath) -> TextResult:
    """Summarize a PDF document.

    Without a language model the summary consists of the most telling sentences.
    """
    path = allowed_file(pdf_path, ctx.folders.roots)
    document = read_pdf(path)
    summary = summarize(document.text, ctx.writer)
    notes = [f"the first {document.pages_read} of {document.pages} pages"] if document.cut else []
    if not summary.written:
        notes.append("sentences picked from the text")
    remark = f" ({'; '.join(notes)})" if notes else ""
    return Result(summary.text, f"Summary of {path.name}{remark}:\n{summary.text}")


def _find_file(roots: Sequence[Path], asked: str) -> Path:
    if asked.startswith(("/", "~")) or ".." in PurePosixPath(asked.replace("\\", "/")).parts:
        return allowed_file(asked, roots)
    if not asked.strip():
        raise ToolError("No file was named.", hint="Say the name of the file.")
    listing = walk(roots)
    found = _same_files(at_label(asked, listing.files) or _by_name(asked, listing.files))
    match found:
        case [file]:
            return file.path
        case []:
            close = nearest(asked, (file.name for file in listing.files))
            raise NotFound(f"There is no file called {asked}.", close, hint=_searched(listing))
        case _:
            newest_first = sorted(found, key=lambda file: -_modified(file.path))
            choices = labels(newest_first, listing.files)
            raise Ambiguous(f"Which file is {asked}?", argument="file_name", choices=choices)


def _by_name(asked: str, files: Sequence[Found]) -> list[Found]:
    """Exact name, then the name without its suffix, then the words of the name, then similar spelling."""
    last = asked.rpartition("/")[2]
    if same := [file for file in files if normal(file.name) == normal(last)]:
        return same
    names = [fold(file.name) for file in files]
    stems = [fold(PurePosixPath(file.name).stem) for file in files]
    for form in dict.fromkeys((fold(last), " ".join(words(last, _FILE_FILLERS)))):
        if found := exact_matches(form, names) or exact_matches(form, stems):
            return [files[i] for i in found]
    suffix = PurePosixPath(last).suffix.lower()
    if suffix.removeprefix(".") in _SUFFIXES:  # who says "report.pdf" does not mean report.docx
        files = [file for file in files if file.name.lower().endswith(suffix)]
        return [files[i] for i in best_matches(last, [file.name for file in files], _FILE_FILLERS)]
    return [
        files[i] for i in best_matches(last, stems, _FILE_FILLERS) or best_matches(last, names, _FILE_FILLERS)
    ]


def _same_files(found: Sequence[Found]) -> list[Found]:
    """One entry a real file: a link beside its target is no second choice."""
    return list({file.path: file for file in found}.values())


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # removed meanwhile
        return 0.0


def _in_folder(listing: Listing, folders: Sequence[Found], folder: str) -> Sequence[Found]:
    if not fold(folder):
        return listing.files
    chosen = at_label(folder, folders)
    if not chosen:
        names = [item.name for item in folders]
        chosen = [folders[i] for i in best_matches(folder, names, _FOLDER_FILLERS)]
    match chosen:
        case [only]:
            return [file for file in listing.files if file.path.is_relative_to(only.path)]
        case []:
            close = nearest(folder, (item.relative for item in folders))
            raise NotFound(f"There is no folder called {folder}.", close, hint=_searched(listing))
        case _:
            choices = labels(chosen, folders)
            raise Ambiguous(f"Which folder is {folder}?", argument="folder", choices=choices)


def _matches(word: str, file: Found) -> bool:
    suffix = PurePosixPath(file.name).suffix.lower().removeprefix(".")
    kinds = _KINDS.get(word) or _KINDS.get(word.removesuffix("s"), frozenset())
    if suffix and (suffix in kinds or suffix in {word, word.removesuffix("s")}):
        return True
    return word_matches(word, fold(file.relative).split())


def _searched(listing: Listing) -> str:
    return "" if listing.complete else "There are too many files to search them all: name fewer roots."
