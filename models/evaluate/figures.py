"""The figures that the literature reports of joint errors, the same for networks and for prediction files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.metrics import success_curve

CURVE_MM, BODY_CURVE_MM = 80, 300
"""Success rates are given for every millimetre up to this one, for hands and for bodies."""
NAMED_MM, BODY_NAMED_MM = (20, 30, 40), (100, 200, 300)
"""The thresholds that reports name."""
MAP_MM = 100.0
"""A body joint counts as found within 10 cm (Haque et al., ECCV 2016)."""


@dataclass(frozen=True, slots=True)
class ErrorFigures:
    """Figures of errors in millimetres.

    mean_error_mm, median_error_mm: over all joints of all frames. per_joint_mm: mean a joint. success_worst_joint,
    success_mean: share (0..1) of frames whose worst joint, or whose mean over the joints, is within a threshold in mm
    ("0", "1", ...). map_10cm, per_joint_10cm: share of joints within 100 mm, for bodies; None for hands.
    """

    mean_error_mm: float
    median_error_mm: float
    per_joint_mm: dict[str, float]
    success_worst_joint: dict[str, float]
    success_mean: dict[str, float]
    map_10cm: float | None
    per_joint_10cm: dict[str, float] | None


def error_figures(errors_mm: NDArray, joints: tuple[str, ...], body: bool) -> ErrorFigures:
    """The figures of errors (N, J) of the `joints` named; of a body also the shares within 10 cm."""
    within = (errors_mm <= MAP_MM).mean(axis=0)
    top = BODY_CURVE_MM if body else CURVE_MM
    return ErrorFigures(
        mean_error_mm=float(errors_mm.mean()),
        median_error_mm=float(np.median(errors_mm)),
        per_joint_mm=_by_name(joints, errors_mm.mean(axis=0)),
        success_worst_joint=success_curve(errors_mm, top),
        success_mean=success_curve(errors_mm.mean(axis=1, keepdims=True), top),
        map_10cm=float(within.mean()) if body else None,
        per_joint_10cm=_by_name(joints, within) if body else None,
    )


def _by_name(names: tuple[str, ...], values: NDArray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, values)}


def figure_lines(report: ErrorFigures) -> list[str]:
    """The figures as lines for people."""
    limits = NAMED_MM if report.map_10cm is None else BODY_NAMED_MM
    lines = [f"mean {report.mean_error_mm:.3f} mm, median {report.median_error_mm:.3f} mm over all joints"]
    for title, curve in (("worst joint", report.success_worst_joint), ("mean of a frame", report.success_mean)):
        shares = ", ".join(f"{limit} mm {100 * curve[str(limit)]:.1f} %" for limit in limits)
        lines.append(f"{title} within {shares}")
    if report.map_10cm is not None:
        lines.append(f"mAP at 10 cm {100 * report.map_10cm:.2f} %")
    found = report.per_joint_10cm or {}
    lines.append("joint          mean error (mm)" + ("   within 10 cm (%)" if found else ""))
    for name, error in report.per_joint_mm.items():
        share = f"          {100 * found[name]:6.1f}" if name in found else ""
        lines.append(f"{name:14s} {error:8.2f}{share}")
    return lines
