"""A film leads the fit to what a single image does not tell."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from models.fitting.__main__ import main
from models.fitting.follow import follow, format_followed, mean_followed
from tests.models.evaluate.test_command import write_folder
from tests.models.fitting.test_image_fit import FittedHand, apart_mm, labelled, parameters
from tests.models.fitting.test_label_check import Oracle


def film(count: int) -> list:
    """A hand whose fingers bend a little from frame to frame."""
    frames = []
    for index in range(count):
        bent = parameters("five")
        bent[[0, 4, 8, 12]] += 0.12 * index
        frame = labelled(FittedHand().placed(bent))
        frames.append(replace(frame, name=f"{index}.png"))
    return frames


class LostInTheMiddle(Oracle):
    """A network that is right at the two ends of a film, and elsewhere sees a fist."""

    def __init__(self, frames: list, fist: np.ndarray) -> None:
        self._answers = [frames[0].joints_cam_m, *[fist] * (len(frames) - 2), frames[-1].joints_cam_m]
        self._labels = [frame.joints_cam_m for frame in frames]
        self._read = 0

    def infer(self, volume, expected=None):
        super().__init__(self._answers[self._read], self._labels[self._read], "right")
        self._read += 1
        return super().infer(volume, expected)


def test_the_film_leads_to_the_truth_where_pose_and_label_are_wrong():
    frames = film(3)
    truth = [frame.joints_cam_m for frame in frames]
    wrong = truth[1] + [0.015, 0, 0.01]
    frames[1] = replace(frames[1], joints_cam_m=wrong)
    fist = FittedHand().placed(parameters("fist")).joints_cam_m
    # of the suite's longest: seven fits, which with half the generations do not find the same pose from both ends
    found = follow(LostInTheMiddle(frames, fist), frames, generations=60)
    assert list(found) == ["0.png", "1.png", "2.png"]
    middle = found["1.png"]
    assert middle.followed.off_image_mm < middle.from_poses.off_image_mm
    assert middle.followed.to_poses_mm > 15 and middle.poses_error_mm > 15
    assert middle.followed.error_mm == pytest.approx(apart_mm(truth[1], wrong), abs=4)
    assert middle.ways_apart_mm < 6
    assert found["0.png"].followed.error_mm < 4


def test_frames_that_show_too_little_are_left_out():
    frames = film(2)
    empty = replace(frames[1].frame, raw=np.zeros_like(frames[1].frame.raw))
    oracle = Oracle(frames[0].joints_cam_m, frames[0].joints_cam_m, "right")
    found = follow(oracle, [frames[0], replace(frames[1], frame=empty)], generations=2)
    assert list(found) == ["0.png"]
    assert follow(oracle, [replace(frames[0], joints_cam_m=None)]) == {}
    assert mean_followed(found) == found["0.png"]
    assert "1 frames followed" in format_followed(found, "net", "DIR")


def test_the_command_follows_frames_of_a_folder(exported, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("models.fitting.__main__.follow", partial(follow, generations=2))
    joints = labelled(FittedHand().placed(parameters("five"))).joints_cam_m
    write_folder(tmp_path, [joints] * 4, ["right"] * 4)
    out = tmp_path / "followed.json"
    arguments = ["--model", str(exported["compact"]), "--device", "cpu"]
    inside = [*arguments, "--folder", str(tmp_path), "--follow"]
    assert main([*inside, "1", "2", "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert list(figures["each_frame"]) == ["1.png", "2.png"]
    assert figures["mean"]["followed"]["off_image_mm"] > 0
    assert "2 frames followed" in capsys.readouterr().out
    assert main([*inside, "7", "9"]) == 1
    assert "has no tracked hand for any image from 7 to 9" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*arguments, "--synthetic", "--follow", "1", "2"])
