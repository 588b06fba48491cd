"""Which of many names is meant by a spoken or typed one: folding, and matching in strict tiers.

A better tier always beats a worse one, and names of one tier are equally good: the caller asks
the user instead of taking the first. Used for notes, files and folders.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_SEPARATORS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+")
_FUZZY_CUTOFF = 80.0  # 0..100; one slip in a word of five letters still passes
_FUZZY_TIE = 3.0  # scores closer than this are equally good
_MIN_PREFIX = 3  # letters a word must have to stand for the beginning of another


def fold(text: str) -> str:
    """`text` in lower case without diacritics; runs of anything but letters and digits become one blank."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)
    return _SEPARATORS.sub(" ", text.casefold()).strip()


def words(text: str, fillers: Iterable[str] = ()) -> list[str]:
    """The folded words of `text` without `fillers`; all of them if nothing else is left."""
    every = fold(text).split()
    return [word for word in every if word not in set(fillers)] or every


def word_matches(word: str, text_words: Sequence[str]) -> bool:
    """Whether `word`, or its singular, begins one of `text_words` (all folded)."""
    stems = {word, word.removesuffix("s")} if len(word) > _MIN_PREFIX else {word}
    if len(word) < _MIN_PREFIX:
        return word in text_words
    return any(candidate.startswith(stem) for candidate in text_words for stem in stems)


def best_matches(asked: str, names: Sequence[str], fillers: Iterable[str] = ()) -> list[int]:
    """The positions of the names that `asked` means equally well; empty if nothing is close."""
    return sure_matches(asked, names, fillers) or similar_matches(asked, names, fillers)


def sure_matches(asked: str, names: Sequence[str], fillers: Iterable[str] = ()) -> list[int]:
    """The positions of the names that have all words of `asked`, equally well.

    Tiers: same after folding, same without separators, all words of `asked` in the name. Each is
    tried with all words of `asked`, then without `fillers` ("the", "note").
    """
    folded = [fold(name) for name in names]
    for form in dict.fromkeys((fold(asked), " ".join(words(asked, fillers)))):
        if form and (found := exact_matches(form, folded) or _containing(form, folded)):
            return found
    return []


def similar_matches(asked: str, names: Sequence[str], fillers: Iterable[str] = ()) -> list[int]:
    """The positions of the names that are spelled like `asked`, word by word: it may be a slip.

    It may be another name too (Maria, Mario): before anything is changed or sent the user is asked.
    """
    return _similar(" ".join(words(asked, fillers)), [fold(name) for name in names])


def exact_matches(form: str, folded: Sequence[str]) -> list[int]:
    """The positions of the folded names equal to the folded `form`, else those equal without separators."""
    if same := [i for i, name in enumerate(folded) if name == form]:
        return same
    compact = form.replace(" ", "")
    return [i for i, name in enumerate(folded) if name.replace(" ", "") == compact]


def nearest(asked: str, names: Iterable[str], count: int = 3) -> list[str]:
    """The names spelled most like `asked`, best first: what a message can offer."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 (a tenth of a second that most requests don't need)

    unique = list(dict.fromkeys(names))
    found = process.extract(asked, unique, scorer=fuzz.WRatio, processor=fold, limit=count, score_cutoff=40.0)
    return [name for name, _, _ in found]


def _containing(form: str, folded: Sequence[str]) -> list[int]:
    wanted = set(form.split())
    return [i for i, name in enumerate(folded) if wanted <= set(name.split())]


def _similar(form: str, folded: Sequence[str]) -> list[int]:
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    if not form:
        return []
    found = process.extract(
        form, folded, scorer=fuzz.token_sort_ratio, limit=None, score_cutoff=_FUZZY_CUTOFF
    )
    numbers = set(_NUMBER.findall(form))  # "report 2024" is not a slip for "report 2025"
    close = [
        (score, i)
        for name, score, i in found
        if numbers <= set(_NUMBER.findall(name)) and _each_word_similar(form, name)
    ]
    best = max((score for score, _ in close), default=0.0)
    return sorted(i for score, i in close if score >= best - _FUZZY_TIE)


def _each_word_similar(form: str, name: str) -> bool:
    """Whether no word of `form` is another word: in "call mom" and "call tom" most letters are the same."""
    from rapidfuzz import fuzz  # noqa: PLC0415

    return all(
        any(fuzz.ratio(word, other) >= _FUZZY_CUTOFF for other in name.split()) for word in form.split()
    )
