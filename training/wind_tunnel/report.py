"""What a wind tunnel found, as files: results.csv, three plots, tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.experiments.jobs import Row
from training.experiments.tables import markdown, write_csv
from training.wind_tunnel.fit import Law, Point, fit, interval
from training.wind_tunnel.grid import best_rate


def write(rows: Sequence[Row], out: Path) -> str:
    """Write all; the tables."""
    from matplotlib.figure import Figure  # noqa: PLC0415 (slow to import)

    out.mkdir(parents=True, exist_ok=True)
    write_csv(rows, out / "results.csv")
    points = [_point(row) for row in rows if row["grid"] == "law"]
    law = fit(points)
    for name, draw in (("rates", _draw_rates), ("batches", _draw_batches)):
        figure = Figure(figsize=(9, 4))
        draw(figure, rows)
        figure.savefig(out / f"{name}.png", dpi=110, bbox_inches="tight")
    figure = Figure(figsize=(7, 4))
    _draw_law(figure, points, law)
    figure.savefig(out / "law.png", dpi=110, bbox_inches="tight")
    page = "\n".join([_rates(rows), _batches(rows), _law(points, law)])
    (out / "tables.md").write_text(page, encoding="utf-8")
    return page


def _point(row: Row) -> Point:
    return Point(float(row["parameters_inside"]), float(row["tokens"]), float(row["valid_per_byte"]))


def _of(rows: Sequence[Row], grid: str) -> list[Row]:
    return [row for row in rows if row["grid"] == grid]


def _rates(rows: Sequence[Row]) -> str:
    """The best learning rate of each width, with the multipliers and without."""
    widths = sorted({int(row["width"]) for row in _of(rows, "rates")})
    lines = [
        (name, *(f"{best_rate(rows, width, mup=mup):g}" for width in widths))
        for name, mup in (("with the multipliers", True), ("without", False))
    ]
    return markdown(("best learning rate at width", *map(str, widths)), lines)


def _batches(rows: Sequence[Row]) -> str:
    found = _of(rows, "batches")
    batches = sorted({int(row["batch"]) for row in found})
    rates = sorted({float(row["learning_rate"]) for row in found})
    lines = []
    for rate in rates:
        at = {int(row["batch"]): row["valid_loss"] for row in found if row["learning_rate"] == rate}
        lines.append((f"{rate:g}", *(f"{at[batch]:.3f}" for batch in batches)))
    return markdown(("validation loss at learning rate", *(f"batch {b}" for b in batches)), lines)


def _law(points: Sequence[Point], law: Law) -> str:
    ranges = interval(points)
    compute = 6 * max(p.parameters * p.tokens for p in points)
    lines = [
        *(
            (name, f"{getattr(law, name):.3f}", f"{low:.3f} to {high:.3f}")
            for name, (low, high) in ranges.items()
        ),
        ("error of the fit, nats a byte", f"{law.error:.4f}", ""),
        (f"tokens a parameter at {compute:.1e} operations", f"{law.tokens_per_parameter(compute):.0f}", ""),
    ]
    return markdown(("law of the loss", "value", "95 % interval"), lines)


def _draw_rates(figure: object, rows: Sequence[Row]) -> None:
    both = figure.subplots(1, 2, sharey=True)  # type: ignore[attr-defined]
    for axes, (name, mup) in zip(both, (("with the multipliers", 1.0), ("without", 0.0)), strict=True):
        found = [row for row in _of(rows, "rates") if row["mup"] == mup]
        for width in sorted({int(row["width"]) for row in found}):
            line = sorted((r["learning_rate"], r["valid_loss"]) for r in found if r["width"] == width)
            axes.plot(*zip(*line, strict=True), "o-", label=f"width {width}")
        axes.set(xscale="log", xlabel="learning rate", ylabel="validation loss, nats a token", title=name)
        axes.legend()


def _draw_batches(figure: object, rows: Sequence[Row]) -> None:
    axes = figure.subplots()  # type: ignore[attr-defined]
    found = _of(rows, "batches")
    for batch in sorted({int(row["batch"]) for row in found}):
        line = sorted((r["learning_rate"], r["valid_loss"]) for r in found if r["batch"] == batch)
        axes.plot(*zip(*line, strict=True), "o-", label=f"{batch} sequences a step")
    axes.set(
        xscale="log", xlabel="learning rate", ylabel="validation loss, nats a token", title="Equal tokens"
    )
    axes.legend()


def _draw_law(figure: object, points: Sequence[Point], law: Law) -> None:
    axes = figure.subplots()  # type: ignore[attr-defined]
    for parameters in sorted({point.parameters for point in points}):
        found = sorted((p.tokens, p.loss) for p in points if p.parameters == parameters)
        dots = axes.plot(*zip(*found, strict=True), "o", label=f"{parameters:,.0f} parameters")
        tokens = np.geomspace(found[0][0], found[-1][0], 40)
        axes.plot(tokens, [law.loss(parameters, d) for d in tokens], color=dots[0].get_color())
    axes.set(
        xscale="log", xlabel="tokens", ylabel="validation loss, nats a byte", title="Measured and fitted"
    )
    axes.legend()
