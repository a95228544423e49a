"""Files of reference points: read for what they are, or refused with a line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.core.camera import project
from models.core.skeleton import joints_center
from models.data.label_files import Skipped
from models.data.registry import DATASETS
from tests.models.data.published import write_hands2017, write_msra, write_whole


def write(path: Path, points: np.ndarray) -> Path:
    path.write_text("\n".join(" ".join(f"{value:.4f}" for value in point) for point in points) + "\n")
    return path


@pytest.mark.parametrize("data", DATASETS)
def test_x_y_z_and_u_v_d_give_the_same_points(tmp_path, data):
    dataset = DATASETS[data]
    write_whole(tmp_path, data)
    frames = dataset.open(tmp_path, dataset.measured, skipped=Skipped())
    truth = joints_center(frames.joints_cam_m)
    unit_m = abs(dataset.center_scale[2])
    files = {"xyz": truth / np.array(dataset.center_scale)}
    if dataset.camera is not None:
        files["uvd"] = np.column_stack([project(truth, dataset.camera), truth[:, 2] / unit_m])
    for form, points in files.items():
        if data in ("hands2017", "hands2019"):  # its file has a line for each labelled frame, of both parts
            points = np.concatenate([np.repeat(points[:1], 3, axis=0), points])
        if data.startswith("itop"):  # and here one for each frame that is not valid
            points = np.concatenate([points, points[:1]])
        read = dataset.open(tmp_path, dataset.measured, centers=write(tmp_path / form, points), skipped=Skipped())
        np.testing.assert_allclose(read.centers_cam_m, truth, atol=1e-3)


def test_without_labels_the_range_of_the_values_tells_the_format(tmp_path):
    write_hands2017(tmp_path, 1)
    for line, expected in (("20 30 500", [0.02, 0.03, 0.5]), ("316 245 500", [0.0, 0.0, 0.5])):
        (tmp_path / "centers.txt").write_text(line)
        (frame,) = DATASETS["hands2017"].frames(tmp_path, "test", centers=tmp_path / "centers.txt")
        np.testing.assert_allclose(frame.center_cam_m, expected, atol=1e-3)


def test_points_that_are_neither_are_one_line_with_both_distances(tmp_path):
    write_whole(tmp_path, "icvl")
    path = write(tmp_path / "centers.txt", np.array([[20, 30, 900], [20, 30, 900]]))
    with pytest.raises(ValueError, match=r"centers.txt: lies \d+ mm as x y z and \d+ mm as u v d from the labels"):
        DATASETS["icvl"].open(tmp_path, "test", centers=path)


def test_points_of_another_list_name_the_subject_and_both_counts(tmp_path):
    write_msra(tmp_path, {"P0/1": 3, "P3/1": 2})
    path = write(tmp_path / "centers.txt", np.full((2, 3), [0, 0, 400]))
    with pytest.raises(ValueError, match="has 2 reference points, but msra test, subject or fold 0, has 3 frames"):
        DATASETS["msra"].open(tmp_path, "test", 0, path, Skipped())
