"""The text of a PDF, page by page, with bounds on pages and characters.

PDFium keeps global state and is not thread-safe, while tools run in parallel threads; so one
lock serialises all reading.
"""

from __future__ import annotations

import importlib
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.errors import Refused, ToolError

MAX_PAGES = 300
MAX_CHARACTERS = 2_000_000
_MIN_LETTERS = 20  # less is a page number on a scan
_SHORT_LINE = 0.7  # of a usual long line of the page

_PDFIUM = threading.Lock()
_HYPHEN_AT_LINE_END = re.compile("(?:[\x02\ufffe\xad](?:\r?\n)?|(?<=[a-z])-\r?\n)(?=[a-z])")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PdfText:
    """The text of the first `pages_read` of `pages` pages, pages divided by an empty line."""

    text: str
    pages: int
    pages_read: int

    @property
    def cut(self) -> bool:
        """Whether pages were left out."""
        return self.pages_read < self.pages


def read_pdf(path: Path) -> PdfText:
    """The text layer of the PDF at `path`.

    Refused if it needs a password; ToolError if it is damaged, no PDF, or holds no text.
    """
    with _PDFIUM:
        document = _open(path)
        try:
            pages = len(document)
            texts = _page_texts(document, min(pages, MAX_PAGES))
        finally:
            document.close()
    text = "\n\n".join(filter(None, texts))
    if sum(map(str.isalpha, text)) < _MIN_LETTERS:
        raise ToolError(
            f"{path.name} has no text, only pictures of pages.",
            hint="Run text recognition on it first, for example with ocrmypdf.",
        )
    return PdfText(text, pages, len(texts))


def _library(name: str) -> Any:
    """PDFium's module, loaded when the first PDF is read. It carries no types."""
    return importlib.import_module(name)


def _open(path: Path) -> Any:
    pypdfium2 = _library("pypdfium2")
    raw = _library("pypdfium2.raw")
    try:
        return pypdfium2.PdfDocument(path)
    except FileNotFoundError as error:
        raise ToolError(f"There is no file {path.name}.") from error
    except pypdfium2.PdfiumError as error:
        if error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}:
            raise Refused(
                f"{path.name} is protected by a password.", hint="Save a copy without the password first."
            ) from error
        raise ToolError(f"{path.name} is damaged or not a PDF.") from error


def _page_texts(document: Any, count: int) -> list[str]:
    """Texts of the first `count` pages; fewer if MAX_CHARACTERS is reached. Unreadable pages are empty."""
    pdf_error = _library("pypdfium2").PdfiumError
    texts: list[str] = []
    left = MAX_CHARACTERS
    for index in range(count):
        try:
            page = document[index]
        except pdf_error:
            texts.append("")
            continue
        try:
            texts.append(_page_text(page, left))
        finally:
            page.close()
        left -= len(texts[-1])
        if left <= 0:
            break
    return texts


def _page_text(page: Any, limit: int) -> str:
    pdf_error = _library("pypdfium2").PdfiumError
    try:
        text_page = page.get_textpage()
    except pdf_error:
        return ""
    try:
        raw = text_page.get_text_bounded(errors="ignore")[:limit]
    finally:
        text_page.close()
    joined = _HYPHEN_AT_LINE_END.sub("", raw)
    return _with_paragraphs(_CONTROL.sub("", joined.replace("\r\n", "\n")))


def _with_paragraphs(text: str) -> str:
    """`text` with an empty line after each line that ends early: a PDF knows lines, not paragraphs."""
    lines = [line.strip() for line in text.split("\n")]
    lengths = sorted(len(line) for line in lines)
    full = _SHORT_LINE * lengths[int(0.8 * (len(lengths) - 1))]
    return "".join(line + ("\n\n" if len(line) < full else "\n") for line in lines).strip()
