"""Prediction files in the community's formats against a data set's labels, in millimetres.

One frame a line, 3 numbers a joint: u v d in pixels, pixels and mm, or x y z in mm or metres; an image's name may come
first. The evaluators of the field (github.com/xinghaochen/awesome-hand-pose-estimation) take labels and predictions
to millimetres with the same intrinsics, and so does this: how an axis points cancels out in the error. Where both files
are x y z they must be in one frame of reference, whichever it is.

Which of both a file holds is told by the range of the labels, and of predictions by which lies nearer to the labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.core.metrics import joint_errors_mm
from models.core.types import Camera
from models.data.dataset import Dataset
from models.data.formats import NAMES, Format, likely_format, to_camera_m
from models.data.label_files import LabelTable, Skipped, parse_table, pooled, read_lines
from models.data.registry import DATASETS
from models.evaluate.drawn import DrawnFrame
from models.evaluate.figures import ErrorFigures, error_figures, figure_lines
from models.evaluate.prediction_frames import Rows, axis_signs, draw_extremes

Unit = Literal["mm", "m"]
UNITS: tuple[Unit, ...] = ("mm", "m")
XYZ_DATASETS = ("hands2017", "hands2019", "bighand", "dexycb", "itop_front", "itop_top")
"""Their results are exchanged as x y z; those of the others as u v d."""
BODY_DATASETS = ("itop_front", "itop_top")
NEAREST_MM = 20.0
NEARER = 2.0
"""Predictions are read in another format than the labels where that brings them so many times nearer to the labels."""


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
    first = lines[0].text.replace(",", " ").split()
    return parse_table(path, lines, 3 * joints, len(first) == 3 * joints + 1 and not _is_number(first[0]), None)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def evaluate_predictions(
    data: str,
    predictions: Path | Sequence[Path],
    labels: Path | Sequence[Path],
    form: Format | None = None,
    unit: Unit = "mm",
    root: Path | None = None,
) -> PredictionReport:
    """Compare two files of a data set, row by row; `form` None: tell it by the rows. unit: that of d, or x y z.

    Several files of predictions are pooled, such as those of MSRA's nine runs: with as many files of labels, or with
    one that holds all their rows in order. root: folder of the data set, for the images behind the drawn frames.
    Raises ValueError with one line naming the file, and the line in it where there is one.
    """
    dataset = DATASETS[data]
    if dataset.many_cameras:
        if form == "uvd":
            raise ValueError(f"{data}: its images come from several cameras, so u v d says no place; give x y z")
        form = "xyz"
    files, true_files = _as_list(predictions), _as_list(labels)
    said, truth = _read_all(files, true_files, dataset)
    read = _read_as(dataset, said, truth, form, 1.0 if unit == "m" else 0.001, camera_of(dataset, root))
    errors = joint_errors_mm(read.found_m, read.truth_m)
    _check_near(_in_words(files), _in_words(true_files), errors, dataset, read)
    frame_names = [one or other for one, other in zip(said.names, truth.names)]
    rows = Rows(dataset, read.camera, read.found_m, read.truth_m, errors, frame_names, true_files[0])
    shown = draw_extremes(rows, root)
    return PredictionReport(
        data=data,
        predictions=_in_words(files),
        labels=_in_words(true_files),
        format=f"{read.said}, {unit}",
        frames=len(errors),
        **asdict(error_figures(errors, dataset.joints, data in BODY_DATASETS)),
        warnings=(
            *_warnings(_in_words(files), _in_words(true_files), truth.joints(), dataset, form, read, unit),
            *shown.warnings,
        ),
        best_frames=shown.best,
        worst_frames=shown.worst,
    )


class _Read(NamedTuple):
    """Both files in the camera frame, metres, (N, J, 3); and the formats they were read in."""

    found_m: NDArray[np.float64]
    truth_m: NDArray[np.float64]
    said: Format
    labels: Format
    camera: Camera


def _read_as(
    dataset: Dataset, said: LabelTable, truth: LabelTable, form: Format | None, unit_m: float, camera: Camera
) -> _Read:
    """Both files in the format `form`, or in those that fit them best."""
    found, true = said.joints(), truth.joints()
    labels = form or likely_format(true, camera, default_format(dataset.name))
    signs = axis_signs(dataset, true if labels == "xyz" else found)
    truth_m = to_camera_m(true, labels, camera, unit_m, signs)
    usual = to_camera_m(found, labels, camera, unit_m, signs)
    if form is not None:
        return _Read(usual, truth_m, form, form, camera)
    other: Format = "xyz" if labels == "uvd" else "uvd"
    # Alone an x y z file does not say whether its y points up; beside u v d the labels do.
    flips = (signs, signs * [1, -1, 1]) if other == "xyz" else (signs,)
    readings = [to_camera_m(found, other, camera, unit_m, axes) for axes in flips]
    nearest = min(readings, key=lambda reading: _apart_m(reading, truth_m))
    if _apart_m(nearest, truth_m) * NEARER < _apart_m(usual, truth_m):
        return _Read(nearest, truth_m, other, labels, camera)
    return _Read(usual, truth_m, labels, labels, camera)


def _apart_m(found_m: NDArray[np.float64], truth_m: NDArray[np.float64]) -> float:
    return float(np.median(np.linalg.norm(found_m - truth_m, axis=-1)))


def camera_of(dataset: Dataset, root: Path | None) -> Camera:
    """The camera of a data set's images, of its first one in `root` where each root has its own.

    Raises ValueError where that is needed and not given.
    """
    if dataset.camera is not None:
        return dataset.camera
    if root is None:
        raise ValueError(f"{dataset.name}: its camera is with its images; say where they are with --root")
    return dataset.open(root, dataset.measured, skipped=Skipped())[0].frame.camera


def _check_near(predictions: str, labels: str, errors_mm: NDArray, dataset: Dataset, read: _Read) -> None:
    """Raises ValueError where most predictions are not even in the cube around the label."""
    off_mm, most_mm = float(np.median(errors_mm)), 1000 * dataset.cube_m
    if off_mm > most_mm:
        forms = f"({NAMES[read.said]}) lies {off_mm:.0f} mm from {labels} ({NAMES[read.labels]})"
        raise ValueError(
            f"{predictions}: {forms} in the median, expected less than {most_mm:.0f} mm; "
            "another format, unit, order or data set?"
        )


def _as_list(paths: Path | Sequence[Path]) -> list[Path]:
    return [paths] if isinstance(paths, Path) else list(paths)


def _in_words(paths: Sequence[Path]) -> str:
    return str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"


def _read_all(predictions: Sequence[Path], labels: Sequence[Path], dataset: Dataset) -> tuple[LabelTable, LabelTable]:
    """The rows of all files, joints in the project's order; errors as of evaluate_predictions."""
    joints = len(dataset.joints)
    if len(predictions) == len(labels):
        pairs = [_read_both(one, other, joints) for one, other in zip(predictions, labels)]
        tables = [pooled([pair[side] for pair in pairs]) for side in (0, 1)]
    elif len(labels) == 1:
        tables = [pooled([read_rows(path, joints) for path in predictions]), read_rows(labels[0], joints)]
        counts = [len(table.values) for table in tables]
        if counts[0] != counts[1]:
            raise ValueError(f"{labels[0]}: has {counts[1]} rows, but the {len(predictions)} predictions {counts[0]}")
    else:
        raise ValueError(f"{len(predictions)} files of predictions need as many of labels, or one; got {len(labels)}")
    said, truth = (table if dataset.file_order is None else table.reordered(dataset.file_order) for table in tables)
    return said, truth


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


def _warnings(
    predictions: str, labels: str, rows: NDArray, dataset: Dataset, form: Format | None, read: _Read, unit: Unit
) -> tuple[str, ...]:
    """What speaks against how the files were read; `rows` (N, J, 3) are the labels as in their file."""
    found = []
    if unit == "mm" and float(np.abs(rows[..., 2]).max()) < NEAREST_MM:
        found.append(f"{labels}: no joint is {NEAREST_MM:.0f} mm from the camera; if it is in metres, use --unit m")
    camera, usual = read.camera, default_format(dataset.name)
    inside = ((rows[..., :2] >= 0) & (rows[..., :2] <= (camera.width, camera.height))).all(axis=-1)
    if form == "uvd" and float(inside.mean()) < 0.5:
        found.append(f"{labels}: most joints are outside of the image; if they are x y z, use --format xyz")
    if form is None and read.labels != usual:
        found.append(f"{labels}: was read as {NAMES[read.labels]}, not {NAMES[usual]}, by the range of its values")
    if read.said != read.labels:
        found.append(f"{predictions}: was read as {NAMES[read.said]}, by the distance to labels {NAMES[read.labels]}")
    return tuple(found)


def format_predictions(report: PredictionReport) -> str:
    """The report as lines for people."""
    lines = [f"warning: {warning}" for warning in report.warnings]
    lines.append(f"{report.predictions} on {report.data} ({report.format}): {report.frames} frames")
    return "\n".join(lines + figure_lines(report))
