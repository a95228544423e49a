"""Success-rate curves: the share of frames whose worst joint, or whose mean, is within each threshold."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.outputs import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = (".png", ".svg")
FEW_POINTS = 12
"""With fewer points than this they are marked, for what lies between them is not known."""
DPI = 120


@dataclass(frozen=True, slots=True)
class Curves:
    """One result's success rates: share of frames (0..1) by threshold in mm; either may be empty."""

    name: str
    worst_joint: Mapping[str, float]
    mean: Mapping[str, float]


def draw_curves(results: Sequence[Curves], title: str) -> Figure:
    """A figure with a panel for the worst joint and one for the mean, a line a result; panels without any are left out.

    Raises ValueError where there is nothing to draw.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = [
        ("worst joint", [(result.name, result.worst_joint) for result in results if result.worst_joint]),
        ("mean of the joints", [(result.name, result.mean) for result in results if result.mean]),
    ]
    panels = [panel for panel in panels if panel[1]]
    if not panels:
        raise ValueError(f"{title}: there are no success rates to draw")
    figure = Figure(figsize=(5.5 * len(panels), 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(_plain(title))
    for axes, (what, lines) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels):
        _draw_panel(axes, what, lines)
    return figure


def _draw_panel(axes: Axes, what: str, lines: Sequence[tuple[str, Mapping[str, float]]]) -> None:
    for name, shares in lines:
        limits = sorted(shares, key=float)
        marker = "o" if len(limits) < FEW_POINTS else ""
        label = _plain(f" {name}" if name.startswith("_") else name)  # a leading _ would hide it
        axes.plot([float(limit) for limit in limits], [100 * shares[limit] for limit in limits], "-", label=label)
        axes.lines[-1].set_marker(marker)
    axes.set(xlabel=f"threshold for the {what} (mm)", ylabel="frames within (%)", ylim=(0, 101))
    axes.set_xlim(left=0)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize="small")


def _plain(text: str) -> str:
    """Text in which matplotlib sees no formulas."""
    return text.replace("$", r"\$")


def save_curves(figure: Figure, path: Path) -> None:
    """Write a figure as PNG or SVG, by the ending of the name. Raises ValueError at another ending, or OSError."""
    if path.suffix.lower() not in KINDS:
        raise ValueError(f"{path}: a plot ends in {' or '.join(KINDS)}")
    write_whole(path, image_bytes(figure, path.suffix.lower()))


def image_bytes(figure: Figure, kind: str) -> bytes:
    """The figure as a file of that ending; figures drawn alike give the same SVG."""
    from matplotlib import rc_context

    memory = io.BytesIO()
    with rc_context({"svg.hashsalt": "curves"}):
        figure.savefig(
            memory, format=kind.removeprefix("."), dpi=DPI, metadata={"Date": None} if kind == ".svg" else {}
        )
    return memory.getvalue()
