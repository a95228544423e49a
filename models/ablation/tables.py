"""The two tables as markdown."""

from __future__ import annotations

from collections.abc import Sequence

from models.ablation.learning import TABLE_1, UNREFINED
from models.ablation.measuring import WITHIN_MM, Accuracy, Measured

PAPER_TABLE_1 = {
    "depth-coordinates": 18.85,
    "depth-likelihood": 13.01,
    "voxels-coordinates": 16.78,
    "voxels-likelihood": 10.37,
}
"""Mean errors in mm on NYU, as published; there without refinement."""
PAPER_TABLE_2 = {"unrefined": 10.37, "refined": 9.22, "ensemble": 8.42}


def format_tables(measured: Sequence[Measured], ensemble: int, data: str = "the test set") -> str:
    """Both tables with what is finished, the budget, and whether the paper's order holds."""
    runs = {one.name: one for one in measured}
    compared = [runs[run.name] for run in TABLE_1 if run.name in runs]
    if not measured:
        return "nothing is finished yet"
    budget = sorted({one.samples for one in measured})
    total = sum(one.minutes for one in measured)
    lines = [
        f"{measured[0].hands} hands of {data}; trained on {' or '.join(map(str, budget))} samples each, "
        f"{total:.0f} minutes in all",
        "",
        *_first(compared),
        "",
        order(compared),
        "",
        *_second(runs, ensemble),
    ]
    return "\n".join(lines)


def _first(compared: Sequence[Measured]) -> list[str]:
    best = {one.name: one for one in compared}.get(TABLE_1[-1].name)
    lines = [
        f"| input | output | error (averaged weights) | last weights | worst joint within {WITHIN_MM} mm | parameters "
        "| multiply-adds | time a frame | minutes of training | paper (NYU) |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in compared:
        ratio = f"{one.frame_ms / best.frame_ms:.2f}" if best else "-"
        cells = (
            one.view,
            one.output,
            f"{one.averaged.mean_error_mm:.2f} mm",
            f"{one.last.mean_error_mm:.2f} mm",
            f"{100 * one.averaged.within_40_mm:.1f} %",
            f"{one.parameters / 1e6:.2f} M",
            f"{one.multiply_adds:.0f} M",
            ratio,
            f"{one.minutes:.1f}",
            f"{PAPER_TABLE_1[one.name]:.2f} mm",
        )
        lines.append(_row(cells))
    return lines


def order(compared: Sequence[Measured]) -> str:
    """Whether the four stand in the paper's order, by the averaged weights."""
    if len(compared) < len(TABLE_1):
        return f"The paper's order: {len(compared)} of {len(TABLE_1)} networks are finished."
    here = [one.name for one in sorted(compared, key=lambda one: one.averaged.mean_error_mm)]
    paper = sorted(PAPER_TABLE_1, key=PAPER_TABLE_1.__getitem__)
    if here == paper:
        return f"The paper's order of the four holds: {', '.join(here)}."
    return f"The paper's order of the four does not hold: here {', '.join(here)}; there {', '.join(paper)}."


def _second(runs: dict[str, Measured], ensemble: int) -> list[str]:
    lines = [
        f"| voxels in, likelihood out | cube off by | joints outside | error | worst joint within {WITHIN_MM} mm "
        "| paper (NYU) |",
        "|---|---|---|---|---|---|",
    ]

    def add(what: str, run: Measured, one: Accuracy, paper_mm: float | None) -> None:
        cells = (
            what,
            f"{run.cube_off_mm:.1f} mm",
            f"{100 * run.outside:.1f} %",
            f"{one.mean_error_mm:.2f} mm",
            f"{100 * one.within_40_mm:.1f} %",
            "" if paper_mm is None else f"{paper_mm:.2f} mm",
        )
        lines.append(_row(cells))

    unrefined, refined = runs.get(UNREFINED.name), runs.get(TABLE_1[-1].name)
    if unrefined:
        add("cube at the centre of mass", unrefined, unrefined.last, PAPER_TABLE_2["unrefined"])
    if refined:
        add("cube at the refined reference point", refined, refined.last, PAPER_TABLE_2["refined"])
        if refined.ensemble:
            what = f"and the ensemble of the last {ensemble} tenths"
            add(what, refined, refined.ensemble, PAPER_TABLE_2["ensemble"])
        add("instead of the ensemble, averaged weights", refined, refined.averaged, None)
    return lines


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
