"""The best and worst frames of a prediction file, drawn on the data set's images where these are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.core.camera import project
from models.core.types import Camera
from models.data.dataset import Dataset, FrameList
from models.data.record import LabelledFrame
from models.evaluate.drawn import DrawnFrame, drawn
from models.evaluate.extremes import Extremes, Ranked
from models.evaluate.tiles import Comparison

SAME_PX = 2.0
"""A row and an image's own label that differ by more than this, in the median over the joints, are of two frames."""


@dataclass(frozen=True, slots=True)
class DrawnExtremes:
    """best, worst: drawn frames, see models.evaluate.extremes. warnings: which images could not be used, and why."""

    best: tuple[DrawnFrame, ...]
    worst: tuple[DrawnFrame, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a prediction and a label file, in order.

    found_cam_m, truth_cam_m: (N, J, 3), metres, camera frame. errors_mm: (N, J). names: the images' own, where the
    files have them, else "". labels: the file of the truth.
    """

    dataset: Dataset
    camera: Camera
    found_cam_m: NDArray[np.float64]
    truth_cam_m: NDArray[np.float64]
    errors_mm: NDArray[np.float64]
    names: Sequence[str]
    labels: Path


def draw_extremes(rows: Rows, root: Path | None = None) -> DrawnExtremes:
    """The rows with the smallest and the largest mean errors, on the images under `root`, else on plain ground.

    Where an image cannot be read, or is not of its row, that frame is on plain ground as well, and a warning says so.
    Raises ValueError with one line where `root` holds no such data set, or another number of frames.
    """
    images = None if root is None else Images(rows.dataset, root, rows.labels, len(rows.errors_mm))
    extremes: Extremes[int] = Extremes()
    for row, error_mm in enumerate(rows.errors_mm.mean(axis=1)):
        extremes.add(float(error_mm), row, row)
    problems: list[str] = []
    best, worst = (
        drawn([Ranked(frame.error_mm, frame.index, _comparison(rows, frame.item, images, problems)) for frame in kind])
        for kind in (extremes.best(), extremes.worst())
    )
    count = f"{len(problems)} of the drawn frames {'is' if len(problems) == 1 else 'are'} without an image"
    return DrawnExtremes(best, worst, (f"{count}: {problems[0]}",) if problems else ())


def axis_signs(dataset: Dataset, joints_m: NDArray) -> NDArray[np.float64]:
    """What turns x y z (N, J, 3) as exchanged of a data set into the camera frame, (3,): 1 or -1 an axis."""
    signs = np.sign(np.array(dataset.center_scale))
    signs[2] = -1.0 if float(np.median(joints_m[..., 2])) < 0 else 1.0
    return signs


def _comparison(rows: Rows, row: int, images: Images | None, problems: list[str]) -> Comparison:
    """The poses of a row and its image; why there is none is added to `problems`."""
    found, truth, name = rows.found_cam_m[row], rows.truth_cam_m[row], rows.names[row]
    labelled = None
    if images is not None:
        try:
            labelled = images.of_row(row, truth, rows.camera)
        except ValueError as error:
            problems.append(str(error))
    skeleton = rows.dataset.skeleton
    if labelled is None:
        return Comparison(name or f"line {row + 1}", skeleton, found, truth, rows.camera)
    name = name or f"line {row + 1}, {labelled.name}"
    # The labels of some data sets are in another unit than the image's depth, at the same pixels.
    scale = 1.0 if labelled.joints_cam_m is None else float(labelled.joints_cam_m[:, 2].mean() / truth[:, 2].mean())
    return Comparison(name, skeleton, found * scale, truth * scale, rows.camera, labelled.frame)


class Images:
    """The test images of a data set, by the rows of a label file."""

    def __init__(self, dataset: Dataset, root: Path, labels: Path, rows: int) -> None:
        """Raises ValueError with one line where the data set is not there, or has another number of frames."""
        self._labels = labels
        self._parts = _test_parts(dataset, root)
        count = sum(map(len, self._parts))
        if count != rows:
            frames = f"{root} has {count} test frames of {dataset.name}"
            raise ValueError(f"{labels}: has {rows} rows, but {frames}; without --root no images are needed")

    def of_row(self, row: int, truth_cam_m: NDArray, camera: Camera) -> LabelledFrame:
        """The frame of a row, whose labels are `truth_cam_m` (J, 3), metres, camera frame.

        Raises ValueError where it cannot be read, or its own labels lie elsewhere in the image.
        """
        index = row
        for part in self._parts:
            if index < len(part):
                break
            index -= len(part)
        labelled = part[index]
        if labelled.joints_cam_m is not None:
            own, said = project(labelled.joints_cam_m, labelled.frame.camera), project(truth_cam_m, camera)
            apart_px = float(np.median(np.linalg.norm(own - said, axis=-1)))
            if not apart_px <= SAME_PX:
                where = f"{self._labels}, line {row + 1}"
                raise ValueError(
                    f"{where}: lies {apart_px:.0f} pixels from the data set's own label of {labelled.name}"
                )
        return labelled


def _test_parts(dataset: Dataset, root: Path) -> list[FrameList]:
    """The test split; of data sets that are tested by leaving one part out at a time, all parts in order."""
    if not dataset.held_out:
        return [dataset.open(root, "test")]
    return [dataset.open(root, "test", part) for part in dataset.held_out]
