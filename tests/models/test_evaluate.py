"""The evaluation: right figures for networks whose answers are known."""

from __future__ import annotations

import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from models import evaluate
from models.core.camera import project
from models.core.skeleton import FINGER_MCPS, HAND, WRIST, hand_reference_point
from models.core.types import Camera
from models.data.pose_csv import REQUIRED_COLUMNS
from models.evaluate import Example, folder_examples, format_report

CAMERA = Camera(160, 120, 120.0, 120.0, 79.5, 59.5)


def hand(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array([0.0, 0.0, 0.5]) + rng.uniform(-0.06, 0.06, (21, 3))


class Oracle:
    """Knows the joints, and is off by `shift_m` a joint (21, 3)."""

    device = "oracle"
    card = SimpleNamespace(name="oracle", joints=HAND.joints, size_m=0.25, input_resolution=44)

    def __init__(self, hands: list[np.ndarray], shift_m: np.ndarray) -> None:
        self.volumes: list[np.ndarray] = []
        self._answers = [(h + shift_m - hand_reference_point(h)) / 0.25 for h in hands]

    def infer(self, occupancy: np.ndarray) -> SimpleNamespace:
        self.volumes.append(occupancy)
        return SimpleNamespace(joints_cube=self._answers[len(self.volumes) - 1], confidence=np.full(21, 0.5))


def examples(hands: list[np.ndarray]) -> list[Example]:
    return [Example(h.astype(np.float32), h, hand_reference_point(h)) for h in hands]


def test_a_wrong_wrist_does_not_touch_the_headline():
    hands = [hand(seed) for seed in range(3)]
    shift = np.zeros((21, 3))
    shift[WRIST, 0] = 0.042
    report = evaluate.evaluate(Oracle(hands, shift), iter(examples(hands)), "test")
    assert report.frames == 3
    assert report.mean_mm == pytest.approx(2.0)
    assert report.without_wrist_mm == pytest.approx(0, abs=1e-9)
    assert report.joint_mm["wrist"] == pytest.approx(42)
    assert report.within["20 mm"] == 1


def test_alignment_takes_a_common_shift_away():
    hands = [hand(seed) for seed in range(3)]
    report = evaluate.evaluate(Oracle(hands, np.full((21, 3), 0.03)), iter(examples(hands)), "test")
    assert report.without_wrist_mm == pytest.approx(30 * np.sqrt(3))
    assert report.pa_without_wrist_mm == pytest.approx(0, abs=1e-6)
    assert report.within == {"20 mm": 0, "30 mm": 0, "40 mm": 0, "50 mm": 0 if 30 * np.sqrt(3) > 50 else 1}


def test_nothing_to_evaluate_is_an_error():
    with pytest.raises(ValueError, match="nothing to evaluate"):
        evaluate.evaluate(Oracle([], np.zeros((21, 3))), iter([]), "test")


def write_folder(folder, hands: list[np.ndarray], sides: list[str]) -> None:
    camera = {name: getattr(CAMERA, name) for name in ("width", "height", "fx", "fy", "ppx", "ppy")}
    (folder / "camera.json").write_text(json.dumps(camera | {"depth_units": 0.0001, "fps": 30}))
    rows = [",".join(REQUIRED_COLUMNS)]
    for number, (joints, side) in enumerate(zip(hands, sides)):
        raw = np.zeros(CAMERA.shape, np.uint16)
        u, v = np.round(project(joints, CAMERA)).astype(int).T
        raw[v, u] = np.round(joints[:, 2] / 0.0001)
        cv2.imwrite(str(folder / f"{number}.png"), raw)
        rows.append(",".join(map(str, [number, 0, side, 1, 1, *joints.ravel()])))
    (folder / "joints.csv").write_text("\n".join(rows))


def test_a_folder_gives_points_on_its_joints_and_left_hands_mirrored(tmp_path):
    hands = [hand(1), hand(1)]
    write_folder(tmp_path, hands, ["right", "left"])
    right, left = folder_examples(tmp_path, cube_m=0.25)
    np.testing.assert_allclose(right.joints_cam_m, hands[0])
    np.testing.assert_allclose(left.joints_cam_m, hands[0] * [-1, 1, 1])
    np.testing.assert_allclose(left.reference_cam_m, hands[0][[WRIST, *FINGER_MCPS]].mean(axis=0) * [-1, 1, 1])
    np.testing.assert_allclose(left.points_cam_m, right.points_cam_m * [-1, 1, 1])
    nearest = np.linalg.norm(right.points_cam_m[:, None] - hands[0], axis=-1).min(axis=1)
    assert len(nearest) > 15
    assert nearest.max() < 0.004  # half a pixel


def test_the_command_prints_and_writes_the_figures(exported, tmp_path, capsys):
    write_folder(tmp_path, [hand(1), hand(2)], ["right", "left"])
    out = tmp_path / "report.json"
    arguments = ["--model", str(exported["compact"]), "--folder", str(tmp_path), "--device", "cpu", "--json", str(out)]
    assert evaluate.main(arguments) == 0
    figures = json.loads(out.read_text())
    printed = capsys.readouterr().out
    assert figures["frames"] == 2
    assert f"mean {figures['without_wrist_mm']:.2f} mm" in printed
    assert list(figures["joint_mm"]) == list(HAND.joints)


def test_the_command_evaluates_rendered_hands(exported, capsys):
    assert evaluate.main(["--model", str(exported["compact"]), "--synthetic", "2", "--device", "cpu"]) == 0
    assert "2 hands" in capsys.readouterr().out


def test_every_joint_is_in_the_printed_table():
    hands = [hand(1)]
    shift = np.zeros((21, 3))
    shift[:, 0] = np.arange(21) / 1000
    text = format_report(evaluate.evaluate(Oracle(hands, shift), iter(examples(hands)), "test"))
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
