"""Networks on public data sets: right figures for networks whose answers are known, whatever the cube's centre."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from models.core.camera import MIRROR
from models.core.skeleton import joints_center
from models.data.icvl import ICVL
from models.data.itop import ITOP_FRONT
from models.data.label_files import Skipped
from models.data.nyu import NYU
from models.evaluate import __main__ as evaluate
from models.evaluate.dataset_pose import evaluate_dataset, format_dataset, make_place
from models.report.results import read_result
from models.runtime import ModelCard
from tests.models.data.published import write_icvl, write_itop, write_nyu

POINT = "joint mean"


class Answers:
    """A pose network that always gives the same joints (J, 3), in metres from the cube's centre."""

    device = "answers"

    def __init__(self, dataset, joints_m: np.ndarray) -> None:
        details = {"skeleton": dataset.skeleton.name}
        self.card = ModelCard("answers", "pose", "Answers", 44, dataset.cube_m, dataset.joints, POINT, 0, details)
        self.volumes: list[np.ndarray] = []
        self.joints = joints_m
        self._joints_cube = joints_m / dataset.cube_m

    def infer(self, occupancy: np.ndarray, expected: np.ndarray | None = None) -> SimpleNamespace:
        self.volumes.append(occupancy)
        return SimpleNamespace(
            joints_cube=self._joints_cube, confidence=np.full(len(self._joints_cube), 0.5), right=None
        )


class Mover:
    """A reference network that moves every guess by `step_m`."""

    device = "mover"

    def __init__(self, step_m: tuple[float, float, float]) -> None:
        self.card = ModelCard("mover", "reference", "Mover", 48, 0.3, (), POINT, 0, {"skeleton": "nyu"})
        self._step = np.array(step_m)

    def infer(self, crops):
        return SimpleNamespace(offset=np.tile(self._step / 0.3, (len(crops), 1)), presence=[0.9] * len(crops))


def measured(dataset, root, answers, reference=None, centers=None):
    frames = dataset.open(root, "test", centers=centers)
    place, words = make_place(dataset, "joint mean", centers is not None, reference)
    return evaluate_dataset(answers, frames, dataset, place, words, dataset.name)


def test_a_network_that_knows_the_joints_of_left_hands_makes_no_error(tmp_path):
    (joints,) = write_icvl(tmp_path, "Testing/test_seq_1.txt", ["test_seq_1/a.png"])
    (tmp_path / "Testing" / "test_seq_2.txt").write_text("")
    answers = Answers(ICVL, (joints - joints_center(joints)) * MIRROR)
    report = measured(ICVL, tmp_path, answers)
    assert report.mean_error_mm == pytest.approx(0, abs=0.05)
    assert report.pa_error_mm == pytest.approx(0, abs=0.05)
    assert report.success_worst_joint["1"] == 1
    # What the network sees is the mirror image: towards one side depth grows as it does among the joints that it gives.
    seen, given = (
        np.cov(points[:, 0], points[:, 2])[0, 1] for points in (np.argwhere(answers.volumes[0]), answers.joints)
    )
    assert seen < 0 and given < 0


def test_errors_follow_the_centre_of_the_cube(tmp_path):
    (joints,) = write_nyu(tmp_path, "test", 1)
    frame = NYU.open(tmp_path, "test")[0].joints_cam_m
    answers = Answers(NYU, frame - joints_center(frame))
    off = joints_center(frame) * 1000 + [3, 0, 4]
    (tmp_path / "centers.txt").write_text("{} {} {}\n".format(*(off * [1, -1, 1])))
    report = measured(NYU, tmp_path, answers, centers=tmp_path / "centers.txt")
    assert report.mean_error_mm == pytest.approx(5, abs=0.01)
    assert report.centers == "precomputed reference points"
    moved = measured(NYU, tmp_path, answers, Mover((0.003, 0, 0)), tmp_path / "centers.txt")
    assert moved.mean_error_mm == pytest.approx(np.hypot(3 + 2 * 3, 4), abs=0.01)
    assert moved.centers == "precomputed reference points, refined 2x by mover"
    alone = measured(NYU, tmp_path, answers, Mover((0, 0, 0)))
    assert alone.mean_error_mm > 5  # the surface lies before the joints
    assert alone.centers == "the centre of mass around the truth, refined 2x by mover"


@pytest.mark.parametrize("step_m", [(0.5, 0, 0), (0, 0, -0.5)])
def test_a_cube_put_where_nothing_is_still_counts(tmp_path, step_m):
    write_nyu(tmp_path, "test", 2)
    report = measured(NYU, tmp_path, Answers(NYU, np.zeros((14, 3))), Mover(step_m))
    assert (report.frames, report.unseen) == (2, 0)
    assert report.mean_error_mm > 400
    assert report.success_mean["80"] == 0


def test_a_network_that_points_behind_the_camera_ends_the_refinement(tmp_path):
    write_nyu(tmp_path, "test", 2)
    answers = Answers(NYU, np.zeros((14, 3)))
    still = measured(NYU, tmp_path, answers, Mover((0, 0, 0)))
    assert measured(NYU, tmp_path, answers, Mover((0, 0, -0.8))).mean_error_mm == pytest.approx(still.mean_error_mm)


def test_bodies_get_the_share_of_joints_within_10_cm(tmp_path):
    joints = write_itop(tmp_path, "test", [1])[0]
    answer = joints - joints_center(joints)
    answer[:3, 1] += 0.101
    report = measured(ITOP_FRONT, tmp_path, Answers(ITOP_FRONT, answer))
    assert report.map_10cm == pytest.approx(12 / 15)
    assert report.per_joint_10cm["head"] == 0
    assert report.per_joint_10cm["left_foot"] == 1
    assert report.success_worst_joint["200"] == 1
    assert "mAP at 10 cm 80.00 %" in format_dataset(report)


def test_missing_and_broken_frames_are_counted_in_the_report(tmp_path, monkeypatch, capsys):
    write_nyu(tmp_path, "test", 4)
    (tmp_path / "test" / "depth_1_0000002.png").unlink()
    (tmp_path / "test" / "depth_1_0000003.png").write_bytes(b"no image")
    answers = Answers(NYU, np.zeros((14, 3)))
    monkeypatch.setattr("models.evaluate.dataset_command.load_card", lambda path: answers.card)
    monkeypatch.setattr("models.evaluate.ensemble.PoseNetwork", lambda path, device, precision: answers)
    out = tmp_path / "report.json"
    arguments = ["--model", "answers.onnx", "--data", "nyu", "--root", str(tmp_path), "--json", str(out)]
    assert evaluate.main([*arguments, "--plot", str(tmp_path / "curves.svg")]) == 0
    figures = json.loads(out.read_text())
    assert figures["skipped"] == {"image missing": 1, "image not usable": 1}
    assert figures["frames"] == 2
    printed = capsys.readouterr().out
    assert "left out: 2" in printed and "depth_1_0000002.png: is missing" in printed
    assert "<svg" in (tmp_path / "curves.svg").read_text()
    assert read_result(out).data == "nyu"  # the page shows it beside the published results


def test_frames_with_hardly_a_point_are_counted_but_not_measured(tmp_path):
    write_nyu(tmp_path, "test", 2)
    frames = list(NYU.frames(tmp_path, "test", skipped=Skipped()))
    frames[0].frame.raw.setflags(write=True)
    frames[0].frame.raw[:] = 0
    place, words = make_place(NYU, "joint mean", False, None)
    report = evaluate_dataset(Answers(NYU, np.zeros((14, 3))), frames, NYU, place, words, "nyu")
    assert (report.frames, report.unseen) == (1, 1)
    with pytest.raises(ValueError, match="no labelled frame to measure"):
        evaluate_dataset(Answers(NYU, np.zeros((14, 3))), frames[:1], NYU, place, words, "nyu")
