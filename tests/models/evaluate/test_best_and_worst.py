"""The best and the worst frames of evaluations: the right ones, on their own images, and no others kept."""

from __future__ import annotations

import base64
import json
import weakref
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.data.icvl import CAMERA as ICVL_CAMERA
from models.data.record import LabelledFrame
from models.evaluate import __main__ as evaluate
from models.evaluate.drawn import DrawnFrame
from models.evaluate.pose import PoseReport, evaluate_pose
from models.evaluate.predictions import PredictionReport, evaluate_predictions
from models.evaluate.tiles import PLAIN_GROUND
from tests.models.data.published import pixels, text, write_icvl
from tests.models.evaluate.test_command import Oracle, frames, hand

IMAGES = (
    [f"test_seq_1/image_{number:04d}.png" for number in range(2)],
    [f"test_seq_2/{number}.png" for number in (7, 9)],
)


def decoded(frame: DrawnFrame) -> np.ndarray:
    """The picture (H, W, 3) of a frame."""
    return cv2.imdecode(np.frombuffer(base64.b64decode(frame.picture), np.uint8), cv2.IMREAD_COLOR)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference of two pictures; lines a rounding apart hardly count."""
    return float(np.abs(cv2.blur(one, (9, 9)).astype(int) - cv2.blur(other, (9, 9))).mean())


def on_plain_ground(frame: DrawnFrame) -> bool:
    return bool((decoded(frame) == PLAIN_GROUND).all(axis=2).mean() > 0.2)


def order(report: PoseReport | PredictionReport) -> tuple[list[int], list[int]]:
    return [frame.index for frame in report.best_frames], [frame.index for frame in report.worst_frames]


class Drifting(Oracle):
    """Is off by one millimetre more with each hand."""

    def infer(self, occupancy, expected=None):
        answer = super().infer(occupancy, expected)
        answer.joints_cube = answer.joints_cube + [len(self.volumes) / 250, 0, 0]
        return answer


def test_a_network_s_best_and_worst_frames_are_kept_with_their_errors():
    hands = [hand(seed) for seed in range(14)]
    report = evaluate_pose(Drifting(hands, np.zeros((21, 3))), frames(hands), "test")
    assert order(report) == ([0, 1, 2, 3], [13, 12, 11, 10, 9, 8, 7, 6])
    assert [frame.error_mm for frame in report.worst_frames] == pytest.approx(range(14, 6, -1))
    assert report.worst_frames[0].name == "frame 13, studio"
    assert not any(on_plain_ground(frame) for frame in report.best_frames + report.worst_frames)


def test_frames_that_are_not_measured_keep_their_places():
    hands = [hand(seed) for seed in range(3)]
    some = frames(hands)
    unlabelled = LabelledFrame(some[0].frame, None)
    report = evaluate_pose(Drifting(hands, np.zeros((21, 3))), [some[0], unlabelled, *some[1:]], "test")
    assert order(report) == ([0], [3, 2])


def test_left_hands_are_drawn_where_they_are():
    hands = [hand(seed) for seed in range(2)]
    mirrored = [joints * [-1, 1, 1] for joints in hands]
    right = evaluate_pose(Drifting(hands, np.zeros((21, 3))), frames(hands), "test")
    left = evaluate_pose(Drifting(hands, np.zeros((21, 3))), frames(mirrored, "left"), "test")
    for one, other in zip(right.best_frames + right.worst_frames, left.best_frames + left.worst_frames):
        assert apart(decoded(one), decoded(other)[:, ::-1]) < 0.3 * apart(decoded(one), decoded(other))


def test_the_images_of_all_other_frames_are_let_go():
    count, alive = 40, []
    hands = [hand(seed) for seed in range(count)]

    def passing():
        for joints in hands:
            (labelled,) = frames([joints])
            alive.append(weakref.ref(labelled.frame.raw))
            yield labelled
            del labelled
            assert sum(image() is not None for image in alive) <= 4 + 8 + 2  # those, and what is in the loop's hands

    assert evaluate_pose(Drifting(hands, np.zeros((21, 3))), passing(), "test").frames == count


@pytest.fixture
def icvl(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A root with four test frames, and a prediction and a label file for them; row i is off by 5 (4 - i) mm."""
    root = tmp_path / "ICVL"
    joints = write_icvl(root, "Testing/test_seq_1.txt", IMAGES[0]) + write_icvl(
        root, "Testing/test_seq_2.txt", IMAGES[1]
    )
    rows = [[], []]
    for number, truth in enumerate(joints):
        for lines, moved in zip(rows, (truth + [0, 0.005 * (4 - number), 0], truth)):
            uv = pixels(moved, ICVL_CAMERA.fx, ICVL_CAMERA.fy, ICVL_CAMERA.ppx, ICVL_CAMERA.ppy)
            lines.append(text(np.column_stack([uv, 1000 * moved[:, 2]])))
    files = tmp_path / "said.txt", tmp_path / "truth.txt"
    for path, lines in zip(files, rows):
        path.write_text("\n".join(lines) + "\n")
    return root, *files


def test_rows_without_images_are_drawn_on_plain_ground(icvl):
    report = evaluate_predictions("icvl", *icvl[1:])
    assert order(report) == ([3, 2], [0, 1])
    assert [frame.name for frame in report.worst_frames] == ["line 1", "line 2"]
    assert [frame.error_mm for frame in report.worst_frames] == pytest.approx([20, 15], abs=0.01)
    assert all(on_plain_ground(frame) for frame in report.best_frames + report.worst_frames)
    assert report.warnings == ()


def test_with_the_data_set_rows_are_drawn_on_their_images(icvl):
    report = evaluate_predictions("icvl", *icvl[1:], root=icvl[0])
    assert order(report) == ([3, 2], [0, 1])
    assert [frame.name for frame in report.best_frames] == [f"line {4 - i}, {IMAGES[1][1 - i]}" for i in range(2)]
    assert not any(on_plain_ground(frame) for frame in report.best_frames + report.worst_frames)
    assert report.warnings == ()
    plain = evaluate_predictions("icvl", *icvl[1:])
    assert (report.mean_error_mm, report.per_joint_mm) == (plain.mean_error_mm, plain.per_joint_mm)


def test_rows_of_metres_in_space_find_their_images_too(icvl, tmp_path):
    root = icvl[0]
    joints = write_icvl(root, "Testing/test_seq_1.txt", IMAGES[0]) + write_icvl(
        root, "Testing/test_seq_2.txt", IMAGES[1]
    )
    path = tmp_path / "xyz.txt"
    path.write_text("\n".join(" ".join(f"{v:.6f}" for v in truth.ravel()) for truth in joints))
    report = evaluate_predictions("icvl", path, path, "xyz", "m", root)
    assert report.warnings == ()
    assert not any(on_plain_ground(frame) for frame in report.worst_frames)


def test_an_image_that_cannot_be_read_is_a_warning(icvl):
    (icvl[0] / "Testing" / "Depth" / IMAGES[1][1]).write_bytes(b"\x89PNG")
    report = evaluate_predictions("icvl", *icvl[1:], root=icvl[0])
    assert [on_plain_ground(frame) for frame in report.best_frames + report.worst_frames] == [True, False, False, False]
    (warning,) = report.warnings
    assert warning.startswith("1 of the drawn frames is without an image: ") and IMAGES[1][1] in warning


def test_images_of_other_frames_are_not_shown_behind_the_rows(icvl):
    path = icvl[0] / "Testing" / "test_seq_1.txt"
    write_icvl(icvl[0], "Testing/test_seq_1.txt", [f"test_seq_1/{number}.png" for number in range(5)])
    path.write_text("\n".join(path.read_text().splitlines()[3:5]) + "\n")
    report = evaluate_predictions("icvl", *icvl[1:], root=icvl[0])
    assert [on_plain_ground(frame) for frame in report.best_frames + report.worst_frames] == [False, False, True, True]
    assert "2 of the drawn frames are without an image" in report.warnings[0]
    assert "truth.txt, line 1: lies 4 pixels" in report.warnings[0] and "test_seq_1/3.png" in report.warnings[0]


def test_the_command_says_where_a_data_set_does_not_fit_its_rows(icvl, tmp_path, capsys):
    root, said, truth = icvl
    arguments = ["--data", "icvl", "--predictions", str(said), "--labels", str(truth), "--root"]
    assert evaluate.main([*arguments, str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.startswith(f"models.evaluate: {tmp_path / 'none'}: is not a folder")
    write_icvl(root, "Testing/test_seq_2.txt", IMAGES[1][:1])
    assert evaluate.main([*arguments, str(root)]) == 1
    error = capsys.readouterr().err
    assert f"{truth}: has 4 rows, but {root} has 3 test frames" in error and error.count("\n") == 1


def test_the_command_writes_the_frames(icvl, tmp_path):
    root, said, truth = icvl
    out = tmp_path / "out.json"
    arguments = ["--data", "icvl", "--predictions", str(said), "--labels", str(truth), "--root", str(root)]
    assert evaluate.main([*arguments, "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert [frame["index"] for frame in figures["worst_frames"]] == [0, 1]
    assert [DrawnFrame(**frame) for frame in figures["best_frames"]] == list(
        evaluate_predictions("icvl", said, truth, root=root).best_frames
    )
