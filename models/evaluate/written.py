"""Predictions of a network as files that others' evaluators read: one frame a line, three numbers a joint."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.core.types import Camera
from models.data.dataset import Dataset
from models.data.formats import Format, from_camera
from models.data.record import LabelledFrame
from models.outputs import write_whole

DIGITS = {"mm": 4, "m": 7}
UNIT_M = {"mm": 0.001, "m": 1.0}


@dataclass(slots=True)
class PredictionRows:
    """Joints found and true (J, 3) of each frame, metres, camera frame, in the order of the frames."""

    dataset: Dataset
    names: list[str] = field(default_factory=list)
    cameras: list[Camera] = field(default_factory=list)
    found_cam_m: list[NDArray[np.float64]] = field(default_factory=list)
    truth_cam_m: list[NDArray[np.float64] | None] = field(default_factory=list)

    def add(self, labelled: LabelledFrame, found_cam_m: NDArray[np.float64]) -> None:
        """The joints that were found in a frame."""
        self.names.append(labelled.name)
        self.cameras.append(labelled.frame.camera)
        self.found_cam_m.append(found_cam_m)
        self.truth_cam_m.append(labelled.joints_cam_m)

    def check_complete(self, expected: int) -> None:
        """Raises ValueError where frames are missing, for rows are told apart by their place alone."""
        if len(self.names) != expected:
            missing = expected - len(self.names)
            raise ValueError(
                f"{missing} of {expected} frames could not be read, but a prediction file has a row for each"
            )

    def write_found(self, path: Path, form: Format, unit: str) -> None:
        """Write what was found, in a format and a unit of `UNIT_M`."""
        self._write(path, self.found_cam_m, form, unit)

    def write_truth(self, path: Path, form: Format, unit: str) -> None:
        """Write the labels of the same frames, in the same way. Raises ValueError where a frame has none."""
        truth = [joints for joints in self.truth_cam_m if joints is not None]
        if len(truth) != len(self.names):
            raise ValueError(f"{path}: {self.dataset.name} has no labels there to write")
        self._write(path, truth, form, unit)

    def _write(self, path: Path, joints_cam_m: list[NDArray[np.float64]], form: Format, unit: str) -> None:
        dataset, signs = self.dataset, np.sign(self.dataset.center_scale)
        places = np.argsort(dataset.file_order or range(len(dataset.joints)))
        separator = "\t" if dataset.names_in_files else " "
        lines = []
        for name, camera, joints in zip(self.names, self.cameras, joints_cam_m):
            values = from_camera(joints[places], form, camera, UNIT_M[unit], signs).ravel()
            words = [f"{value:.{DIGITS[unit]}f}" for value in values]
            lines.append(separator.join([name, *words] if dataset.names_in_files else words) + "\n")
        write_whole(path, "".join(lines).encode())
