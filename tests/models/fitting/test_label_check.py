"""Labels that the image denies are told from those that it confirms."""

from dataclasses import astuple, replace

import numpy as np
import pytest

from models.core.skeleton import hand_reference_point
from models.fitting import image_fit
from models.fitting.__main__ import main
from models.fitting.label_check import FrameCheck, check_frame, format_checks, summary
from models.runtime import PoseEstimate
from tests.models.fitting.test_image_fit import FittedHand, labelled, parameters


class Oracle:
    """A network that always gives the same joints."""

    class card:  # noqa: N801 - as networks have it
        name, size_m, input_resolution = "oracle", 0.25, 44

    def __init__(self, joints_cam_m: np.ndarray, labels_cam_m: np.ndarray) -> None:
        self._joints, self._center = joints_cam_m, hand_reference_point(labels_cam_m)

    def infer(self, volume: np.ndarray) -> PoseEstimate:
        assert volume.any()
        joints = (self._joints - self._center) / self.card.size_m
        return PoseEstimate(joints, np.ones(21), None)


def test_wrong_labels_are_left_and_right_poses_kept(monkeypatch):
    monkeypatch.setattr(image_fit, "GENERATIONS", 60)
    truth = FittedHand().placed(parameters("five"))
    wrong = truth.joints_cam_m + [0.012, 0, 0.008]
    frame = replace(labelled(truth), joints_cam_m=wrong)
    check = check_frame(Oracle(truth.joints_cam_m, wrong), frame)
    assert check.labels_to_poses == pytest.approx(1000 * np.hypot(0.012, 0.008))
    assert check.labels_image > 3 * check.poses_image
    assert check.poses_to_from_labels < 0.6 * check.labels_to_from_labels
    assert check.poses_to_from_poses < 4


def test_the_summary_is_the_mean():
    checks = [FrameCheck(*np.arange(10.0)), FrameCheck(*np.arange(10.0) + 2)]
    assert astuple(summary(checks)) == pytest.approx(np.arange(10.0) + 1)
    assert "the two fits are 10.0 mm apart" in format_checks(checks, "net", "DIR")


def test_bad_input_is_one_line(tmp_path, capsys):
    assert main(["--model", str(tmp_path / "none.onnx"), "--folder", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("models.fitting: ") and error.count("\n") == 1
    with pytest.raises(SystemExit):
        main(["--model", "x.onnx", "--synthetic", "--frames", "0"])
