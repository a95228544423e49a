"""Prediction files in the community's formats against a data set's labels, in millimetres.

One frame a line, 3 numbers a joint: u v d in pixels, pixels and mm, or x y z in mm or metres; an image's name may come
first. The evaluators of the field (github.com/xinghaochen/awesome-hand-pose-estimation) take labels and predictions
to millimetres with the same intrinsics, and so does this: how an axis points cancels out in the error. In rows of x y z
both files must be in one frame of reference, whichever it is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.core.camera import deproject
from models.core.metrics import joint_errors_mm
from models.core.types import Camera
from models.data import cvar, hands2017, icvl, itop, msra, nyu
from models.data.label_files import LabelTable, read_lines, read_table
from models.data.registry import DATASETS
from models.evaluate.drawn import DrawnFrame
from models.evaluate.figures import ErrorFigures, error_figures, figure_lines
from models.evaluate.prediction_frames import Rows, axis_signs, draw_extremes

Format = Literal["uvd", "xyz"]
FORMATS: tuple[Format, ...] = ("uvd", "xyz")
Unit = Literal["mm", "m"]
UNITS: tuple[Unit, ...] = ("mm", "m")
CAMERAS: dict[str, Camera] = {
    "icvl": icvl.CAMERA,
    "nyu": nyu.CAMERA,
    "msra": msra.CAMERA,
    "hands2017": hands2017.CAMERA,
    "itop_front": itop.CAMERA,
    "itop_top": itop.CAMERA,
    "cvar": cvar.CAMERA,
}
"""Intrinsics by data set. NYU's evaluators write fy as -587.07, with +Y up."""
XYZ_DATASETS = ("hands2017", "itop_front", "itop_top")
"""Their results are exchanged as x y z; those of the others as u v d."""
BODY_DATASETS = ("itop_front", "itop_top")
NEAREST_MM = 20.0


@dataclass(frozen=True, slots=True)
class PredictionReport(ErrorFigures):
    """Errors of a prediction file over `frames` frames.

    warnings: what looks wrong with the files, such as metres taken for millimetres. best_frames, worst_frames: a few
    with the smallest and the largest mean error.
    """

    data: str
    predictions: str
    labels: str
    format: str
    frames: int
    warnings: tuple[str, ...]
    best_frames: tuple[DrawnFrame, ...] = ()
    worst_frames: tuple[DrawnFrame, ...] = ()


def default_format(data: str) -> Format:
    """The format in which results on a data set are usually exchanged."""
    return "xyz" if data in XYZ_DATASETS else "uvd"


def read_rows(path: Path, joints: int) -> LabelTable:
    """The rows of a prediction or label file, `joints` x 3 numbers each, with or without a name before them.

    Raises ValueError with the file, and the line where it is one: missing or empty, another number of numbers, words or
    NaN in their place.
    """
    lines = read_lines(path)
    if not lines:
        raise ValueError(f"{path}: is empty")
    first = lines[0].replace(",", " ").split()
    return read_table(path, 3 * joints, len(first) == 3 * joints + 1 and not _is_number(first[0]), None)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def joints_m(table: LabelTable, camera: Camera, form: Format, unit: Unit = "mm") -> NDArray[np.float64]:
    """The rows as joints (N, J, 3) in metres; u v d is deprojected with `camera`, x y z keeps its axes."""
    scale = 1.0 if unit == "m" else 0.001
    rows = table.joints()
    return deproject(rows[..., :2], rows[..., 2] * scale, camera) if form == "uvd" else rows * scale


def evaluate_predictions(
    data: str,
    predictions: Path,
    labels: Path,
    form: Format | None = None,
    unit: Unit = "mm",
    root: Path | None = None,
) -> PredictionReport:
    """Compare two files of a data set, row by row; `form` None: the data set's usual one. unit: that of d, or x y z.

    root: folder of the data set, for the images behind the drawn frames.
    Raises ValueError with one line naming the file, and the line in it where there is one.
    """
    names, camera, form = DATASETS[data].joints, CAMERAS[data], form or default_format(data)
    said, truth = _read_both(predictions, labels, len(names))
    found_m, truth_m = joints_m(said, camera, form, unit), joints_m(truth, camera, form, unit)
    errors = joint_errors_mm(found_m, truth_m)
    axes = axis_signs(DATASETS[data], truth_m) if form == "xyz" else np.ones(3)
    frame_names = [one or other for one, other in zip(said.names, truth.names)]
    rows = Rows(DATASETS[data], camera, found_m * axes, truth_m * axes, errors, frame_names, labels)
    shown = draw_extremes(rows, root)
    return PredictionReport(
        data=data,
        predictions=str(predictions),
        labels=str(labels),
        format=f"{form}, {unit}",
        frames=len(errors),
        **asdict(error_figures(errors, names, data in BODY_DATASETS)),
        warnings=(*_warnings(labels, truth.joints(), camera, form, unit), *shown.warnings),
        best_frames=shown.best,
        worst_frames=shown.worst,
    )


def _read_both(predictions: Path, labels: Path, joints: int) -> tuple[LabelTable, LabelTable]:
    """The rows of both files, as many in one as in the other; errors as of evaluate_predictions."""
    said, truth = read_rows(predictions, joints), read_rows(labels, joints)
    if len(said.values) != len(truth.values):
        rows = f"{len(said.values)} rows, but {labels} has {len(truth.values)}"
        raise ValueError(f"{predictions}: has {rows}; each frame needs one in both")
    _check_names(predictions, labels, said, truth)
    return said, truth


def _check_names(predictions: Path, labels: Path, said: LabelTable, truth: LabelTable) -> None:
    """Raises ValueError where both files name their frames, and differently."""
    for line, (one, other) in enumerate(zip(said.names, truth.names), start=1):
        if one and other and one.replace("\\", "/") != other.replace("\\", "/"):
            raise ValueError(f"{predictions}, line {line}: is of the frame {one}, but {labels} has {other} there")


def _warnings(path: Path, rows: NDArray, camera: Camera, form: Format, unit: Unit) -> tuple[str, ...]:
    """What speaks against the format that the labels (N, J, 3) were read in."""
    found = []
    if unit == "mm" and float(np.abs(rows[..., 2]).max()) < NEAREST_MM:
        found.append(f"{path}: no joint is {NEAREST_MM:.0f} mm from the camera; if it is in metres, use --unit m")
    inside = ((rows[..., :2] >= 0) & (rows[..., :2] <= (camera.width, camera.height))).all(axis=-1)
    if form == "uvd" and float(inside.mean()) < 0.5:
        found.append(f"{path}: most joints are outside of the image; if they are x y z, use --format xyz")
    return tuple(found)


def format_predictions(report: PredictionReport) -> str:
    """The report as lines for people."""
    lines = [f"warning: {warning}" for warning in report.warnings]
    lines.append(f"{report.predictions} on {report.data} ({report.format}): {report.frames} frames")
    return "\n".join(lines + figure_lines(report))
