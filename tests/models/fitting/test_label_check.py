"""Labels that the image denies are told from those that it confirms."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from models.core.camera import MIRROR
from models.core.skeleton import HAND, hand_reference_point
from models.data.synthetic.testset import hand_frame
from models.fitting.__main__ import main
from models.fitting.label_check import AGREE_MM, Check, HandFigures, agreeing, check_frame, format_checks, mean_of
from models.runtime import ModelCard, PoseEstimate
from tests.models.evaluate.test_command import write_folder
from tests.models.fitting.test_image_fit import FittedHand, labelled, parameters


class Oracle:
    """A network that gives the joints it was made with, as of a right hand."""

    device = "oracle"
    card = ModelCard("oracle", "pose", "Oracle", 44, 0.25, HAND.joints, "palm", 0, {})

    def __init__(self, joints_cam_m: np.ndarray, labels_cam_m: np.ndarray, side: str) -> None:
        local = (joints_cam_m - hand_reference_point(labels_cam_m)) / self.card.size_m
        self._joints = local * MIRROR if side == "left" else local

    def infer(self, volume: np.ndarray, expected: np.ndarray | None = None) -> PoseEstimate:
        assert volume.any()
        return PoseEstimate(self._joints, np.ones(len(self._joints)), None)


@pytest.mark.parametrize("side", ["right", "left"])
def test_wrong_labels_are_left_and_right_poses_kept(side):
    truth = FittedHand(side == "left").placed(parameters("five"))
    wrong = truth.joints_cam_m + [0.012, 0, 0.008]
    frame = replace(labelled(truth, side), joints_cam_m=wrong)
    found = check_frame(Oracle(truth.joints_cam_m, wrong, side), frame, generations=60)
    apart_mm = pytest.approx(1000 * np.hypot(0.012, 0.008), abs=1)
    assert found.labels_off_rig_mm < 1 and found.poses_off_rig_mm < 1
    assert found.at_labels.to_poses_mm == found.at_poses.to_labels_mm == apart_mm
    assert found.at_labels.off_image_mm > 3 * found.at_poses.off_image_mm
    assert found.from_labels.to_poses_mm < 0.6 * found.from_labels.to_labels_mm
    assert found.from_poses.to_poses_mm < 2
    assert found.at_labels.error_mm < 1 and found.poses_error_mm == apart_mm
    assert found.poses_pa_error_mm == pytest.approx(0, abs=1e-6)


def test_a_frame_without_a_hand_or_with_too_little_of_it_is_none():
    truth = FittedHand().placed(parameters("five"))
    frame = labelled(truth)
    oracle = Oracle(truth.joints_cam_m, truth.joints_cam_m, "right")
    assert check_frame(oracle, replace(frame, joints_cam_m=None)) is None
    empty = replace(frame.frame, raw=np.zeros_like(frame.frame.raw))
    assert check_frame(oracle, replace(frame, frame=empty)) is None


def test_labels_that_are_no_hand_are_named():
    truth = FittedHand().placed(parameters("five"))
    point = np.tile(truth.joints_cam_m[9], (21, 1))
    frame = replace(labelled(truth), joints_cam_m=point, name="odd.png")
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="odd.png"):
        check_frame(Oracle(truth.joints_cam_m, point, "right"), frame)


def test_other_networks_are_refused():
    truth = FittedHand().placed(parameters("five"))
    oracle = Oracle(truth.joints_cam_m, truth.joints_cam_m, "right")
    oracle.card = replace(oracle.card, joints=HAND.joints[:16])
    with pytest.raises(ValueError, match="16 joints that are not the hand's"):
        check_frame(oracle, labelled(truth))


def hand(off_image: float = 5.0, error: float = 9.0) -> HandFigures:
    return HandFigures(off_image, 6.0, 7.0, error, 4.0)


def check(from_labels: HandFigures, from_poses: HandFigures, apart: float = 12.0) -> Check:
    return Check(hand(20.0), hand(18.0), from_labels, from_poses, 5.0, 3.0, 16.0, 10.0, apart)


def test_the_better_fit_is_the_one_that_explains_the_image():
    good, bad = hand(5.0, error=11.0), hand(6.0, error=3.0)
    assert check(good, bad).better is good and check(bad, good).better is good
    assert mean_of([check(good, bad), check(bad, bad)]).better == hand(5.5, error=7.0)


def test_fits_agree_where_they_end_near_each_other():
    far, near = check(hand(), hand(), apart=AGREE_MM + 1), check(hand(), hand(), apart=AGREE_MM)
    assert agreeing([far, near]) == [near]
    assert "where they agree (1)" in format_checks([far, near], 0, "net", "DIR")
    assert "where they agree (" not in format_checks([far], 0, "net", "DIR")


def test_the_mean_is_over_frames_and_the_unseen_are_told():
    checks = [check(hand(4.0), hand(), apart=11.0), check(hand(8.0), hand(), apart=13.0)]
    means = mean_of(checks)
    assert means.frames == 2 and means.mean.from_labels.off_image_mm == 6 and means.mean.fits_apart_mm == 12
    text = format_checks(checks, 3, "net", "DIR")
    assert "the two fits are 12.0 mm apart" in text and "3 more frames" in text
    assert "more frames" not in format_checks(checks, 0, "net", "DIR")


def test_the_command_prints_and_writes_what_it_found(exported, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("models.fitting.__main__.check_frame", partial(check_frame, generations=20))
    out = tmp_path / "fits.json"
    arguments = ["--model", str(exported["compact"]), "--synthetic", "--frames", "1", "--device", "cpu"]
    assert main([*arguments, "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    printed = capsys.readouterr().out
    assert "synthetic frames, 1 frames" in printed
    # the truth of a rendered hand stays where it is, which the answers of a network that learned nothing do not
    assert figures["mean"]["from_labels"]["to_labels_mm"] < 15 < figures["mean"]["at_labels"]["to_poses_mm"]
    assert list(figures["each_frame"]) == ["frame 0"] and figures["unseen"] == 0
    assert figures["frames"] == 1
    assert figures["each_frame"]["frame 0"]["from_labels"] == figures["mean"]["from_labels"]


def test_bad_input_is_one_line(exported, tmp_path, capsys):
    assert main(["--model", str(tmp_path / "none.onnx"), "--folder", str(tmp_path)]) == 1
    assert main(["--model", str(exported["compact"]), "--folder", str(tmp_path), "--device", "cpu"]) == 1
    joints = hand_frame(0).joints_cam_m
    write_folder(tmp_path, [joints], ["right"])
    (tmp_path / "0.png").write_bytes(b"no image")
    assert main(["--model", str(exported["compact"]), "--folder", str(tmp_path), "--device", "cpu"]) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3 and all(line.startswith("models.fitting: ") for line in errors)
    with pytest.raises(SystemExit):
        main(["--model", "x.onnx", "--synthetic", "--frames", "0"])
