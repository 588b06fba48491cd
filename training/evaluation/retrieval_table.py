"""`python -m training.evaluation.retrieval_table --embeddings FOLDER CASES…`: the benchmark retrieval.csv.

Every way to choose tools on every file of cases, BM25 also with few enough tools for a comparison at the
same size, and last the trained one with tools that it has never seen.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from planner.retrieval import LexicalRetriever
from tools.registry import builtin_tools
from training.evaluation.cases import Case, load_cases
from training.evaluation.in_play import Coverage, measure
from training.evaluation.rates import Rate
from training.evaluation.retrievers import make_retriever
from training.evaluation.unseen import measure_unseen, splits

FEW = 4  # tools by BM25, before their suppliers: the most with at most 5 in play on plans_tune
HEADER = (
    "cases", "retriever", "needed", "found", "low", "high", "asking", "complete", "mean_tools", "median_ms",
)  # fmt: skip

Row = tuple[str | int | float, ...]


def rows(path: Path, embeddings: Path) -> Iterator[Row]:
    """A row of figures for each way on one file. CaseFormatError, Unavailable."""
    cases, tools = load_cases(path), builtin_tools()
    few = LexicalRetriever(tools, FEW)
    for name in ("all", "lexical"):
        yield _row(path.stem, name, [measure(cases, make_retriever(name, tools), name)])
    yield _row(path.stem, f"lexical, {FEW} best", [measure(cases, few, "few")])
    for name in ("embedding", "trained"):
        yield _row(path.stem, name, [measure(cases, make_retriever(name, tools, embeddings), name)])
    yield from _unseen(path.stem, cases)


def _unseen(label: str, cases: Sequence[Case]) -> Iterator[Row]:
    tools = builtin_tools()
    for name, sets in splits(tools):
        found = [measure_unseen(cases, tools, unseen) for unseen in sets]
        yield _row(label, f"trained, {name}", [coverage for coverage in found if coverage])


def _row(label: str, name: str, parts: Sequence[Coverage]) -> Row:
    """Counts of all parts together; the number of tools and the time are means over the parts."""
    recall = _together(part.recall for part in parts)
    complete = _together(part.complete for part in parts)
    low, high = recall.interval
    return (
        label, name, recall.n, recall.successes, round(low, 4), round(high, 4),
        complete.n, complete.successes,
        round(statistics.fmean(part.mean_tools for part in parts), 2),
        round(statistics.fmean(part.median_ms for part in parts), 3),
    )  # fmt: skip


def _together(rates: Iterable[Rate]) -> Rate:
    counts = [(rate.successes, rate.n) for rate in rates]
    return Rate(sum(successes for successes, _ in counts), sum(n for _, n in counts))


def main() -> None:
    """Print the CSV."""
    parser = argparse.ArgumentParser("python -m training.evaluation.retrieval_table", description=__doc__)
    parser.add_argument("cases", type=Path, nargs="+", help="JSONL files of cases with gold plans")
    parser.add_argument("--embeddings", type=Path, required=True, help="folder of potion-base-8M")
    options = parser.parse_args()
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(HEADER)
    for path in options.cases:
        table.writerows(rows(path, options.embeddings))


if __name__ == "__main__":
    main()
