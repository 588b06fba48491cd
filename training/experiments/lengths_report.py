"""E3's results as files: results.csv, a plot, and a table in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training.experiments.jobs import Row
from training.experiments.lengths import SHARES
from training.experiments.tables import Estimate, markdown, write_csv

KINDS = (("cosine", 1.0), *(("wsd", share) for share in SHARES))


def write(rows: Sequence[Row], out: Path) -> str:
    """Write all; the table."""
    out.mkdir(parents=True, exist_ok=True)
    write_csv(rows, out / "results.csv")
    lengths = sorted({int(row["steps"]) for row in rows})
    lines = []
    for name, share in KINDS:
        cells = [_estimate(rows, name, share, total).shown() for total in lengths]
        gaps = [_gap(rows, name, share, total) for total in lengths]
        lines.append((_called(name, share), *cells, *gaps))
    head = [
        "schedule",
        *(f"{total} steps" for total in lengths),
        *(f"to cosine, {total}" for total in lengths),
    ]
    page = markdown(head, lines)
    (out / "tables.md").write_text(page, encoding="utf-8")
    _plot(rows, lengths, out)
    return page


def _called(name: str, share: float) -> str:
    return name if name == "cosine" else f"WSD, decay {share:.1%}"


def _losses(rows: Sequence[Row], name: str, share: float, total: int) -> list[float]:
    key = (name, share, total)
    found = sorted(
        (r for r in rows if (r["schedule"], r["share"], r["steps"]) == key), key=lambda r: r["seed"]
    )
    return [float(row["valid_loss"]) for row in found]


def _estimate(rows: Sequence[Row], name: str, share: float, total: int) -> Estimate:
    return Estimate.of(_losses(rows, name, share, total))


def _gap(rows: Sequence[Row], name: str, share: float, total: int) -> str:
    """The mean of the differences to the cosine of the same seed, with their interval."""
    if name == "cosine":
        return ""
    pairs = zip(_losses(rows, name, share, total), _losses(rows, "cosine", 1.0, total), strict=True)
    return Estimate.of([ours - cosine for ours, cosine in pairs]).shown()


def _plot(rows: Sequence[Row], lengths: Sequence[int], out: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415 (slow to import)

    axes = (figure := Figure(figsize=(7, 4))).subplots()
    for name, share in KINDS:
        found = [_estimate(rows, name, share, total) for total in lengths]
        spread = [e.half if e.count > 1 else 0.0 for e in found]
        axes.errorbar(
            lengths, [e.mean for e in found], spread, marker="o", capsize=3, label=_called(name, share)
        )
    axes.set(
        xlabel="steps", ylabel="validation loss, nats a token", xscale="log", title="One run, three lengths"
    )
    axes.set_xticks(lengths, [str(total) for total in lengths])
    axes.legend()
    figure.savefig(out / "lengths.png", dpi=110, bbox_inches="tight")
