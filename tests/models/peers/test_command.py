"""The command that compares: figures that are those of models.evaluate, and one line for each wrong wheel."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from models.core.skeleton import WRIST
from models.evaluate.pose import evaluate_pose
from models.peers import __main__ as peers
from models.peers.scores import compare, own_reader
from models.peers.wheel import LANDMARKS, PALM, VERSION, unpack_networks
from tests.models.evaluate.test_command import Oracle, frames, hand

MEMBERS = {
    f"mediapipe-{VERSION}.dist-info/METADATA": b"Name: mediapipe",
    f"mediapipe/modules/palm_detection/{PALM}": b"palm",
    f"mediapipe/modules/hand_landmark/{LANDMARKS}": b"landmarks",
}


def wheel(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "any-name.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_our_figures_are_those_of_the_evaluation():
    hands = [hand(seed) for seed in range(3)]
    shift = np.random.default_rng(1).normal(0, 0.01, (21, 3))
    shift[WRIST] += 1.0
    report = evaluate_pose(Oracle(hands, shift), frames(hands), "test", wrist=False)
    score = compare({"ours": own_reader(Oracle(hands, shift))}, frames(hands))["ours"]
    assert score.mean_error_mm == pytest.approx(report.mean_error_mm)
    assert score.median_error_mm == pytest.approx(report.median_error_mm)
    assert score.pa_error_mm == pytest.approx(report.pa_error_mm)
    assert (score.frames, score.counted, score.found) == (3, 3, 1.0)


def test_frames_that_one_does_not_find_count_for_neither_where_all_found():
    hands = [hand(seed) for seed in range(4)]
    errors = iter([0.01, None, 0.03, 0.04])

    def peer(labelled):
        error = next(errors)
        return None if error is None else labelled.joints_cam_m + [error, 0, 0]

    far_off = iter([0.0, 0.9, 0.0, 0.0])
    scores = compare({"peer": peer, "ours": lambda each: each.joints_cam_m + [next(far_off), 0, 0]}, frames(hands))
    assert (scores["peer"].found, scores["peer"].counted) == (0.75, 3)
    assert scores["peer"].mean_error_mm == pytest.approx(80 / 3)
    assert scores["ours"].mean_error_mm == pytest.approx(225)
    assert scores["ours, where all found"].mean_error_mm == pytest.approx(0)
    assert scores["ours, where all found"].counted == 3


def test_who_finds_nothing_has_no_error_to_show():
    scores = compare({"blind": lambda each: None}, frames([hand(1)]))
    assert scores["blind"].found == 0
    assert np.isnan(scores["blind"].mean_error_mm)
    assert len(peers.table(scores)) == 3


def test_the_networks_are_taken_out_of_the_wheel(tmp_path):
    unpack_networks(wheel(tmp_path, MEMBERS), tmp_path)
    assert (tmp_path / PALM).read_bytes() == b"palm"
    assert (tmp_path / LANDMARKS).read_bytes() == b"landmarks"


@pytest.mark.parametrize(
    "broken", ["missing", "folder", "no zip", "cut", "version", "no palm", "no landmarks", "no network"]
)
def test_another_wheel_is_one_line_that_names_the_version_wanted(tmp_path, capsys, broken):
    path = wheel(tmp_path, MEMBERS)
    palm, landmarks = list(MEMBERS)[1:]
    if broken == "missing":
        path = tmp_path / "none.whl"
    elif broken == "folder":
        path = tmp_path
    elif broken == "no zip":
        path.write_bytes(b"wheel")
    elif broken == "cut":
        path.write_bytes(path.read_bytes()[:-30])
    elif broken == "version":
        wheel(tmp_path, {name.replace(VERSION, "0.10.14"): content for name, content in MEMBERS.items()})
    elif broken != "no network":
        left_out = palm if broken == "no palm" else landmarks
        wheel(tmp_path, {name: content for name, content in MEMBERS.items() if name != left_out})
    assert peers.main(["--folder", str(tmp_path), "--mediapipe", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("models.peers: ")
    assert VERSION in line
