"""The filter on joints: calm when they are still, not late when they move."""

from __future__ import annotations

import numpy as np
import pytest

from app.tracking.smoothing import LONGEST_GAP_S, SteadyFilter

NOISE_M = 0.0012


def run(points: np.ndarray, fps: float = 30.0) -> np.ndarray:
    smooth = SteadyFilter()
    return np.stack([smooth.filter(p, k / fps) for k, p in enumerate(points, start=1)])


def noise(frames: int, seed: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=NOISE_M, size=(frames, 21, 3))


def moved(frames: int, speed_m_s: float, fps: float = 30.0) -> np.ndarray:
    """A hand that goes along x after half a second of rest, (frames, 21, 3)."""
    along = speed_m_s * np.maximum(np.arange(frames) / fps - 0.5, 0)
    return along[:, None, None] * np.array([1.0, 0.0, 0.0]) + np.zeros((frames, 21, 3))


def test_the_first_points_pass_unchanged_and_so_do_points_at_rest():
    still = np.random.default_rng(1).normal(size=(21, 3))
    assert np.allclose(run(np.stack([still] * 10)), still)


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_trembling_is_calmed_to_less_than_half(fps):
    trembling = noise(200)
    assert run(trembling, fps)[30:].std() < 0.4 * trembling[30:].std()


def test_stronger_trembling_of_another_camera_is_learned():
    trembling = 3 * noise(300)
    assert run(trembling)[150:].std() < 0.45 * trembling[150:].std()


@pytest.mark.parametrize("fps", [30.0, 60.0])
@pytest.mark.parametrize("speed_m_s", [0.3, 1.0])
def test_a_hand_that_moves_evenly_is_not_shown_late(speed_m_s, fps):
    track = moved(round(1.5 * fps), speed_m_s, fps)
    behind_m = (track - run(track + noise(len(track)), fps))[-round(0.5 * fps) :, :, 0].mean()
    assert abs(behind_m) < 0.002 * speed_m_s + 0.0005  # 2 ms, and what is left of the noise


def test_a_finger_that_moves_alone_is_not_held_back():
    track = noise(60)
    track[20:, 8, 1] += 0.4 * np.arange(40) / 30
    behind_m = (track - run(track))[35:, 8, 1].mean()
    assert abs(behind_m) < 0.004 * 0.4 + 0.0005
    assert run(track)[35:, 20].std() < 0.6 * track[35:, 20].std()  # the others stay calm


def test_a_hand_that_stops_is_calm_again_soon():
    track = np.concatenate([moved(45, 0.6), np.repeat(moved(45, 0.6)[-1:], 60, axis=0)])
    shown = run(track + noise(len(track)))
    assert np.abs(shown[60:].mean(axis=(0, 1)) - track[-1, 0]).max() < 0.001
    assert shown[65:].std(axis=0).mean() < 0.5 * NOISE_M


def test_turning_the_axes_turns_the_result():
    track = np.random.default_rng(3).normal(scale=0.02, size=(30, 21, 3)).cumsum(axis=0)
    rotation, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))
    assert np.allclose(run(track @ rotation), run(track) @ rotation)


def test_the_input_is_not_changed_and_the_output_is_the_callers():
    smooth, points = SteadyFilter(), np.zeros((2, 3))
    first = smooth.filter(points, 1.0)
    first += 5
    assert np.allclose(smooth.filter(points, 1.1), 0)
    assert np.allclose(points, 0)


def test_reset_a_long_gap_and_a_clock_that_goes_back_start_afresh():
    smooth = SteadyFilter()
    smooth.filter(np.zeros((2, 3)), 1.0)
    assert np.allclose(smooth.filter(np.ones((2, 3)), 0.5), 1)
    assert np.allclose(smooth.filter(np.full((2, 3), 3.0), 0.6 + LONGEST_GAP_S), 3)
    smooth.reset()
    assert np.allclose(smooth.filter(np.full((2, 3), 4.0), 1.2), 4)
