"""E1's results as files: results.csv, curves.csv, two plots, and tables in Markdown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.experiments.jobs import Row
from training.experiments.optimizers import METHODS, best_rate
from training.experiments.tables import Estimate, markdown, write_csv
from training.pretrain.summary import VALID
from training.runs.logs import read

COLUMNS = ("method", "learning_rate", "seed", "step", "loss")


def write(rows: Sequence[Row], runs: Path, out: Path) -> str:
    """Write all; the tables."""
    out.mkdir(parents=True, exist_ok=True)
    write_csv(rows, out / "results.csv")
    curves = list(_curves(rows, runs))
    write_csv(curves, out / "curves.csv")
    _plot(curves, rows, out)
    page = f"{_final(rows)}\n{_early(curves, rows)}\n{_sweep(rows)}"
    (out / "tables.md").write_text(page, encoding="utf-8")
    return page


def _best(rows: Sequence[Row], method: str) -> list[Row]:
    """The rows of a method's best learning rate, one a seed."""
    rate = best_rate(rows, method)
    return [row for row in rows if row["method"] == method and row["learning_rate"] == rate]


def _final(rows: Sequence[Row]) -> str:
    head = ("method", "learning rate", "validation loss", "perplexity", "optimizer state", "s a step")
    lines = []
    for method in METHODS:
        found = [row for row in _best(rows, method) if math.isfinite(row["valid_loss"])]
        if not found:
            lines.append((method, "", "diverged", "", "", ""))
            continue
        loss = Estimate.of([row["valid_loss"] for row in found])
        lines.append(
            (
                method,
                f"{best_rate(rows, method):g}",
                loss.shown(),
                f"{math.exp(loss.mean):.1f}",
                f"{found[0]['optimizer_bytes'] / 1e6:.1f} MB",
                f"{statistics.median(row['seconds_a_step'] for row in found):.3f}",
            )
        )
    return markdown(head, lines)


def _early(curves: Sequence[Row], rows: Sequence[Row]) -> str:
    """Validation loss after each quarter of the steps."""
    steps = sorted({int(row["step"]) for row in curves})
    chosen = [steps[round((len(steps) - 1) * part / 4)] for part in (1, 2, 3, 4)] if steps else []
    lines = []
    for method in METHODS:
        rate = best_rate(rows, method)
        cells = []
        for step in chosen:
            key = (method, rate, step)
            values = [c["loss"] for c in curves if (c["method"], c["learning_rate"], c["step"]) == key]
            cells.append(Estimate.of(values).shown() if values else "")
        lines.append((method, *cells))
    return markdown(("validation loss after step", *map(str, chosen)), lines)


def _sweep(rows: Sequence[Row]) -> str:
    lines = []
    for method in METHODS:
        found = sorted((r for r in rows if r["method"] == method and r["seed"] == 0), key=_rate)
        cells = (f"{row['learning_rate']:g}: {row['valid_loss']:.3f}" for row in found)
        lines.append((method, ", ".join(cells)))
    return markdown(("method", "learning rate: validation loss of seed 0"), lines)


def _rate(row: Row) -> float:
    return float(row["learning_rate"])


def _curves(rows: Sequence[Row], runs: Path) -> Iterator[Row]:
    for row in rows:
        for point in read(runs / row["run"] / VALID):
            labels = {name: row[name] for name in ("method", "learning_rate", "seed")}
            yield {**labels, "step": int(point["step"]), "loss": point["loss"]}


def _plot(curves: Sequence[Row], rows: Sequence[Row], out: Path) -> None:
    """curves.png: mean over seeds at each method's best learning rate, and the span of the seeds."""
    from matplotlib.figure import Figure  # noqa: PLC0415 (slow to import)

    axes = (figure := Figure(figsize=(8, 4.5))).subplots()
    for method in METHODS:
        rate = best_rate(rows, method)
        points = [c for c in curves if c["method"] == method and c["learning_rate"] == rate]
        steps = sorted({c["step"] for c in points})
        losses = [[c["loss"] for c in points if c["step"] == step] for step in steps]
        axes.plot(steps, [statistics.fmean(values) for values in losses], label=f"{method}, {rate:g}")
        axes.fill_between(steps, [min(v) for v in losses], [max(v) for v in losses], alpha=0.2)
    axes.set(xlabel="step", ylabel="validation loss, nats a token", title="Pre-training at equal tokens")
    axes.legend()
    figure.savefig(out / "curves.png", dpi=110, bbox_inches="tight")
