"""The face for other programs: README's example, and the same answers as the tracker behind it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import app
from app.hand_tracker import HandTracker
from app.settings import TrackerSettings
from app.tracking.result import TrackState
from app.tracking.tracker import Tracker
from tests.app.fakes import CAMERA, FakePoseNet, FakeReferenceNet, hand_frame

ROOT = Path(__file__).resolve().parents[2]
LINES = 12


def hand_tracker() -> HandTracker:
    return HandTracker(Tracker(FakePoseNet(), FakeReferenceNet(), TrackerSettings()))


def test_the_readme_s_example_runs_and_finds_the_hand():
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(example.splitlines()) <= LINES
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    found = done.stdout.splitlines()
    assert len(found) == 30, "the hand is in every image"
    assert all(line.startswith("right [") for line in found)


def test_it_is_imported_from_the_package_which_loads_nothing_before():
    assert app.HandTracker is HandTracker
    with pytest.raises(AttributeError, match="Tracker2"):
        app.Tracker2  # noqa: B018
    code = "import sys, app; sys.exit('numpy' in sys.modules or 'app.settings' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 0


def test_images_give_what_frames_give():
    frames = [hand_frame((0.01 * k, 0.0, 0.5), frame_id=k) for k in range(4)]
    tracker, face = Tracker(FakePoseNet(), FakeReferenceNet(), TrackerSettings()), hand_tracker()
    for frame in frames:
        wanted = tracker.track(frame)
        got = face.track(frame.raw, frame.camera, frame.depth_units, frame.timestamp_ms / 1000)
        assert got.state is wanted.state is TrackState.TRACKING
        np.testing.assert_array_equal(got.pose.joints_cam_m, wanted.pose.joints_cam_m)


def test_the_hand_is_searched_in_the_first_image_and_after_a_reset_only():
    face, frame = hand_tracker(), hand_frame()
    searched = []
    for k in range(4):
        if k == 2:
            face.reset()
        result = face.track(frame.raw, CAMERA, frame.depth_units, k / 30)
        searched.append(result.timings.detect_ms > 0)
    assert searched == [True, False, True, False]


def test_wrong_images_and_choices_are_refused():
    frame = hand_frame()
    with pytest.raises(ValueError, match="uint16"):
        hand_tracker().track(frame.depth_m(), CAMERA, 0.001, 0.0)
    with pytest.raises(ValueError, match="expected shape"):
        hand_tracker().track(frame.raw[1:], CAMERA, 0.001, 0.0)
    with pytest.raises(ValueError, match="hand: expected one of"):
        HandTracker.load(hand="both")
    with pytest.raises(ValueError, match="device: expected one of"):
        HandTracker.load(device="abacus")
    with pytest.raises(ValueError, match="hands: expected 1 or 2"):
        HandTracker.load(hands=3)


def test_a_state_tells_the_angles_and_the_speed_of_the_hand():
    face = hand_tracker()
    states = []
    for k in range(4):
        result = face.track(hand_frame((0.01 * k, 0.0, 0.5), frame_id=k).raw, CAMERA, 0.0005, k / 30)
        states.append(face.state(result))
    assert states[0].velocities_m_s is None
    assert states[-1].palm_velocity_m_s[0] == pytest.approx(0.3, abs=0.05)
    assert np.isfinite(states[-1].angles.degrees[:21]).all()
    face.reset()
    assert face.state(result).velocities_m_s is None
