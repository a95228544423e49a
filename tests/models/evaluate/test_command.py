"""The evaluation: right figures for networks whose answers are known."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from models.core.camera import project
from models.core.skeleton import HAND, WRIST, bone_sum, hand_reference_point
from models.core.types import Camera, DepthFrame
from models.data.pose_csv import REQUIRED_COLUMNS
from models.data.record import LabelledFrame
from models.evaluate import __main__ as evaluate
from models.evaluate.ensemble import PoseEnsemble
from models.evaluate.frames import folder_frames
from models.evaluate.pose import evaluate_pose, flipped, format_pose
from models.evaluate.reference import evaluate_reference
from models.reading.refine import segmented_center
from models.runtime import ModelCard

CAMERA = Camera(160, 120, 120.0, 120.0, 79.5, 59.5)


def hand(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array([0.0, 0.0, 0.5]) + rng.uniform(-0.06, 0.06, (21, 3))


class Oracle:
    """Knows the joints, and is off by `shift_m` a joint (21, 3)."""

    device = "oracle"
    card = ModelCard("oracle", "pose", "Oracle", 44, 0.25, HAND.joints, "palm", 0, {})

    def __init__(self, hands: list[np.ndarray], shift_m: np.ndarray) -> None:
        self.volumes: list[np.ndarray] = []
        self._answers = [(h + shift_m - hand_reference_point(h)) / 0.25 for h in hands]

    def infer(self, occupancy: np.ndarray, expected: np.ndarray | None = None) -> SimpleNamespace:
        self.volumes.append(occupancy)
        return SimpleNamespace(
            joints_cube=self._answers[len(self.volumes) - 1], confidence=np.full(21, 0.5), right=None
        )


def frames(hands: list[np.ndarray], side: str = "right") -> list[LabelledFrame]:
    """Frames of spheres around the joints, seen from 0.5 m."""
    labelled = []
    for joints in hands:
        raw = np.zeros(CAMERA.shape, np.uint16)
        for joint in joints:
            u, v = np.round(project(joint, CAMERA)).astype(int)
            raw[v - 1 : v + 2, u - 1 : u + 2] = round(joint[2] / 0.0001)
        labelled.append(LabelledFrame(DepthFrame(raw, 0.0001, CAMERA, 0, 0.0, 0.0), joints, side, "studio"))
    return labelled


def test_a_wrong_wrist_does_not_touch_the_headline_without_it():
    hands = [hand(seed) for seed in range(3)]
    shift = np.zeros((21, 3))
    shift[WRIST, 0] = 0.042
    report = evaluate_pose(Oracle(hands, shift), frames(hands), "test", wrist=False)
    assert report.frames == 3
    assert report.mean_error_mm == pytest.approx(0, abs=1e-6)
    assert report.all_joints_error_mm == pytest.approx(2.0)
    assert report.per_joint_mm["wrist"] == pytest.approx(42)
    assert report.success_worst_joint["20"] == 1
    assert evaluate_pose(Oracle(hands, shift), frames(hands), "test").mean_error_mm == pytest.approx(2.0)


class Shrunk(Oracle):
    """Knows cubes that suit a hand. Its first answer is of a smaller hand, its second the truth."""

    card = replace(Oracle.card, cube_of_bones=0.3)

    def __init__(self, truth: np.ndarray, shrunk: float) -> None:
        super().__init__([truth, truth], np.zeros((21, 3)))
        self._answers[0] *= shrunk
        self.second_m = (0.25 + self.card.cube_m(shrunk * bone_sum(truth))) / 2
        self._answers[1] *= 0.25 / self.second_m


def test_a_network_that_knows_cubes_of_a_hand_s_size_reads_again_in_a_cube_nearer_to_the_one_that_it_found():
    truth = hand(0)
    network = Shrunk(truth, 0.7 / bone_sum(truth))
    assert network.second_m == pytest.approx(0.23)
    report = evaluate_pose(network, frames([truth]), "test")
    assert len(network.volumes) == 2
    assert network.volumes[1].sum() != network.volumes[0].sum()
    assert report.mean_error_mm == pytest.approx(0, abs=1e-6)


def test_alignment_takes_a_common_shift_away():
    hands = [hand(seed) for seed in range(3)]
    report = evaluate_pose(Oracle(hands, np.full((21, 3), 0.03)), frames(hands), "test")
    assert report.mean_error_mm == pytest.approx(30 * np.sqrt(3))
    assert report.pa_error_mm == pytest.approx(0, abs=1e-6)
    assert len(report.success_worst_joint) == len(report.success_mean) == 81
    for limit in (20, 51, 52, 80):
        assert report.success_worst_joint[str(limit)] == report.success_mean[str(limit)] == (limit > 30 * np.sqrt(3))
    assert report.per_group["studio"].mean_error_mm == pytest.approx(report.mean_error_mm)


def flat_hand() -> np.ndarray:
    """A right hand whose palm is flat before the camera."""
    joints = hand(0)
    palm_m = np.array([[0, 4, 0], [3, -4, 0], [1, -4, 0], [-1, -4, 0], [-3, -4, 0]]) / 100
    joints[[WRIST, 1, 5, 9, 13]] = palm_m + [0, 0, 0.5]
    return joints


def test_a_palm_that_is_turned_over_is_a_flip():
    truth = flat_hand()
    turned = truth * [-1, 1, 1]
    assert flipped(np.stack([truth, turned]), np.stack([truth, truth])).tolist() == [False, True]


def test_a_constant_offset_in_palm_axes_can_be_left_out():
    hands = [flat_hand() for _ in range(3)]
    report = evaluate_pose(Oracle(hands, np.tile([0.0, 0.004, 0.003], (21, 1))), frames(hands), "test")
    assert report.mean_error_mm == pytest.approx(5)
    assert report.without_offsets_mm == pytest.approx(0, abs=1e-6)


def test_a_group_that_stands_apart_counts_in_its_own_figures_only():
    hands = [hand(seed) for seed in range(2)]
    labelled = [replace(frame, group=group) for frame, group in zip(frames(hands), ("control", "A"))]
    oracle = Oracle(hands, np.zeros((21, 3)))
    oracle._answers[0] = oracle._answers[0] + 0.04
    report = evaluate_pose(oracle, labelled, "test", apart="control")
    assert report.frames == 1 and report.mean_error_mm == pytest.approx(0, abs=1e-6)
    assert list(report.per_group) == ["control", "A"]
    assert report.per_group["control"].mean_error_mm == pytest.approx(10 * np.sqrt(3))


def test_left_hands_are_measured_through_the_mirror():
    hands = [hand(seed) for seed in range(2)]
    right = Oracle(hands, np.zeros((21, 3)))
    assert evaluate_pose(right, frames(hands), "test").mean_error_mm == pytest.approx(0, abs=1e-6)
    mirrored = [h * [-1, 1, 1] for h in hands]
    report = evaluate_pose(Oracle(hands, np.zeros((21, 3))), frames(mirrored, "left"), "test")
    assert report.per_hand_mm == {"left": pytest.approx(0, abs=1e-6)}


def test_offsets_are_in_the_axes_of_the_palm():
    joints = np.random.default_rng(0).normal(0, 0.01, (21, 3)) + [0, 0, 0.5]
    joints[[WRIST, 1, 5, 9, 13]] = np.array([[0, 0, 0], [3, 8, 0], [1, 8, 0], [-1, 8, 0], [-3, 8, 0]]) / 100 + [
        0,
        0,
        0.5,
    ]
    shift = np.tile([0.001, 0.002, 0.003], (21, 1))
    offset = evaluate_pose(Oracle([joints], shift), frames([joints]), "test").per_joint_offset_mm["ring_pip"]
    assert offset == pytest.approx((1, 2, 3))


def test_a_hand_of_a_few_points_is_counted_but_not_measured():
    hands = [hand(0), hand(1)]
    seen = frames(hands)
    bare = DepthFrame(np.zeros(CAMERA.shape, np.uint16), 0.0001, CAMERA, 0, 0.0, 0.0)
    report = evaluate_pose(Oracle(hands, np.zeros((21, 3))), [*seen, LabelledFrame(bare, hands[0])], "test")
    assert (report.frames, report.unseen) == (2, 1)


def test_the_side_is_told_by_comparing_a_volume_with_its_mirror_image():
    class Sided(Oracle):
        def infer(self, occupancy, expected=None):
            again = bool(self.volumes) and np.array_equal(self.volumes[-1][::-1], occupancy)
            self.volumes.append(occupancy)
            joints = self._answers[(len(self.volumes) - 1) // 2]
            return SimpleNamespace(joints_cube=joints, confidence=np.ones(21), right=0.6 if again else 0.7)

    hands = [hand(0), hand(1)]
    assert evaluate_pose(Sided(hands, np.zeros((21, 3))), frames(hands), "test").side_accuracy == 1


def test_an_ensemble_answers_with_the_mean():
    answers = [np.zeros((21, 3)), np.full((21, 3), 0.02)]
    networks = [Oracle([hand(0)], shift) for shift in answers]
    both = PoseEnsemble(networks)
    report = evaluate_pose(both, frames([hand(0)]), "test")
    assert report.mean_error_mm == pytest.approx(10 * np.sqrt(3))
    networks[1].card = replace(networks[1].card, size_m=0.3)
    with pytest.raises(ValueError, match="differ in size_m"):
        PoseEnsemble(networks)


class Mover:
    """A reference network that moves every guess by `step_m` and always sees the same presence."""

    device = "mover"
    card = SimpleNamespace(name="mover", size_m=0.3, input_resolution=48)

    def __init__(self, step_m: tuple[float, float, float], presence: float = 0.9) -> None:
        self._step, self._presence = np.array(step_m), presence

    def infer(self, crops):
        return SimpleNamespace(
            offset=np.tile(self._step / 0.3, (len(crops), 1)), presence=[self._presence] * len(crops)
        )


def test_each_step_of_refinement_is_measured():
    hands = [hand(seed) for seed in range(3)]
    still = evaluate_reference(Mover((0, 0, 0)), frames(hands), [], "test").stages
    assert list(still) == ["centre of mass", "refined 1x", "refined 2x"]
    assert still["refined 2x"] == still["centre of mass"]
    moved = evaluate_reference(Mover((10, 0, 0)), frames(hands), [], "test").stages
    assert moved["refined 1x"].mean_error_mm == pytest.approx(10_000, rel=0.01)
    assert moved["refined 2x"].mean_error_mm == pytest.approx(20_000, rel=0.01)


def test_the_pose_network_comes_after_the_refinement():
    hands = [hand(0)]
    nets = Mover((0, 0, 0)), Oracle(hands * 2, np.zeros((21, 3)))
    stages = evaluate_reference(nets[0], frames(hands), [], "test", nets[1]).stages
    # The oracle answers relative to the true reference point, so it keeps the error that it is given.
    assert stages["pose network"].mean_error_mm == pytest.approx(stages["refined 2x"].mean_error_mm)
    assert asdict(stages["read again"]) == pytest.approx(asdict(stages["pose network"]))


def test_a_frame_is_read_again_around_the_pose_as_a_new_hand_is_by_the_tracker():
    joints, step_m = hand(0), 0.005
    away = segmented_center(frames([joints])[0].frame, hand_reference_point(joints)) - hand_reference_point(joints)
    step = step_m * away / np.linalg.norm(away)
    # Whatever cube it gets, the oracle finds the hand a step further from the truth.
    stages = evaluate_reference(Mover((0, 0, 0)), frames([joints]), [], "test", Oracle([joints] * 2, step)).stages
    further_mm = stages["read again"].mean_error_mm - stages["pose network"].mean_error_mm
    assert further_mm == pytest.approx(1000 * step_m, abs=1e-3)


@pytest.mark.parametrize(("presence", "share"), [(0.1, 1.0), (0.9, 0.0)])
def test_bodies_without_a_hand_are_counted(presence, share):
    report = evaluate_reference(Mover((0, 0, 0), presence), frames([hand(0)]), frames([hand(1)] * 2), "test")
    assert (report.bodies, report.absence, report.presence) == (2, share, 1 - share)


def test_nothing_to_evaluate_is_an_error():
    with pytest.raises(ValueError, match="no hand to measure"):
        evaluate_pose(Oracle([], np.zeros((21, 3))), [], "test")
    with pytest.raises(ValueError, match="no hand to measure"):
        evaluate_reference(Mover((0, 0, 0)), [], [], "test")


def write_folder(folder, hands: list[np.ndarray], sides: list[str]) -> None:
    camera = {name: getattr(CAMERA, name) for name in ("width", "height", "fx", "fy", "ppx", "ppy")}
    (folder / "camera.json").write_text(json.dumps(camera | {"depth_units": 0.0001, "fps": 30}))
    rows = [",".join(REQUIRED_COLUMNS)]
    for number, (joints, side) in enumerate(zip(hands, sides)):
        cv2.imwrite(str(folder / f"{number}.png"), frames([joints])[0].frame.raw)
        rows.append(",".join(map(str, [number, 0, side, 1, 1, *joints.ravel()])))
    (folder / "joints.csv").write_text("\n".join(rows))


def test_a_folder_gives_its_labelled_frames(tmp_path):
    hands = [hand(1), hand(2)]
    write_folder(tmp_path, hands, ["right", "left"])
    labelled = list(folder_frames(tmp_path))
    assert [frame.hand for frame in labelled] == ["right", "left"]
    assert [frame.frame.frame_id for frame in labelled] == [0, 1]
    for frame, joints in zip(labelled, hands):
        np.testing.assert_allclose(frame.joints_cam_m, joints)
        assert (frame.frame.raw > 0).sum() > 15


def test_some_frames_of_a_folder_are_evenly_spaced(tmp_path):
    write_folder(tmp_path, [hand(seed) for seed in range(9)], ["right"] * 9)
    assert [frame.frame.frame_id for frame in folder_frames(tmp_path, 3)] == [1, 4, 7]
    assert len(list(folder_frames(tmp_path, 20))) == 9


def test_the_command_prints_and_writes_the_figures(exported, tmp_path, capsys):
    write_folder(tmp_path, [hand(1), hand(2)], ["right", "left"])
    out = tmp_path / "report.json"
    arguments = ["--model", str(exported["compact"]), "--folder", str(tmp_path), "--device", "cpu", "--json", str(out)]
    assert evaluate.main(arguments) == 0
    figures = json.loads(out.read_text())
    printed = capsys.readouterr().out
    assert figures["frames"] == 2
    assert f"without the wrist: mean {figures['mean_error_mm']:.2f} mm" in printed
    assert figures["pa_error_mm"] <= figures["mean_error_mm"]
    assert list(figures["per_joint_mm"]) == list(HAND.joints)
    assert figures["digest"] in printed


def test_the_command_evaluates_rendered_hands(exported, capsys):
    assert evaluate.main(["--model", str(exported["compact"]), "--synthetic", "2", "--device", "cpu"]) == 0
    assert "2 hands" in capsys.readouterr().out


def test_the_command_measures_reference_networks_too(exported, tmp_path, capsys):
    out = tmp_path / "report.json"
    arguments = ["--model", str(exported["reference"]), "--synthetic", "2", "--bodies", "2", "--device", "cpu"]
    assert evaluate.main([*arguments, "--pose-model", str(exported["compact"]), "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert list(figures["stages"]) == ["centre of mass", "refined 1x", "refined 2x", "pose network", "read again"]
    assert figures["bodies"] == 2
    assert "centre of mass" in capsys.readouterr().out


def test_every_joint_is_in_the_printed_table():
    hands = [hand(1)]
    shift = np.zeros((21, 3))
    shift[:, 0] = np.arange(21) / 1000
    text = format_pose(evaluate_pose(Oracle(hands, shift), frames(hands), "test"))
    assert all(f"{number:.1f}" in text for number in range(21))


@pytest.mark.parametrize("missing", ["camera.json", "joints.csv", "0.png"])
def test_a_folder_with_something_missing_is_one_clear_line(exported, tmp_path, capsys, missing):
    write_folder(tmp_path, [hand(1)], ["right"])
    (tmp_path / missing).unlink()
    assert evaluate.main(["--model", str(exported["compact"]), "--folder", str(tmp_path), "--device", "cpu"]) == 1
    error = capsys.readouterr().err.strip().splitlines()
    assert len(error) == 1
    assert error[0].startswith(f"models.evaluate: {tmp_path}")


def test_a_missing_model_is_one_clear_line(tmp_path, capsys):
    assert evaluate.main(["--model", str(tmp_path / "x.onnx"), "--synthetic", "1"]) == 1
    assert "there is no such model file" in capsys.readouterr().err
