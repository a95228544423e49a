"""What the strip shows of many frames in few columns, and of few in many."""

from __future__ import annotations

import numpy as np
import pytest

from app.gui.track_strip import clock, columns
from app.tracking.played import LOST, TRACKED, UNKNOWN, UNSURE, PlayedStrip


def strip(verdicts: list[int], confidence: list[float]) -> PlayedStrip:
    return PlayedStrip(np.array(verdicts, np.uint8), np.array(confidence, np.float32))


def test_a_column_shows_the_worst_verdict_and_the_mean_confidence_of_its_played_frames():
    codes = [TRACKED, TRACKED, TRACKED, UNSURE, UNKNOWN, TRACKED, LOST, TRACKED]
    verdicts, confidence = columns(strip(codes, [0.9, 0.7, 0.8, 0.2, 0.0, 0.6, 0.0, 0.4]), 8, 4)
    assert list(verdicts) == [TRACKED, UNSURE, TRACKED, LOST]
    np.testing.assert_allclose(confidence, [0.8, 0.5, 0.6, 0.2], rtol=1e-6)


def test_frames_that_were_not_played_are_unknown():
    verdicts, confidence = columns(strip([TRACKED, UNKNOWN], [0.5, 0.0]), 4, 4)
    assert list(verdicts) == [TRACKED, UNKNOWN, UNKNOWN, UNKNOWN]
    assert list(np.isnan(confidence)) == [False, True, True, True]


@pytest.mark.parametrize(("count", "width"), [(1, 7), (3, 7), (7, 7), (1000, 7)])
def test_every_frame_has_a_column_and_every_column_a_frame(count: int, width: int):
    for place in range(0, count, max(count // 10, 1)):
        codes = [UNKNOWN] * count
        codes[place] = TRACKED
        verdicts, _ = columns(strip(codes, [0.5] * count), count, width)
        assert (verdicts == TRACKED).any(), place
    assert (columns(strip([LOST] * count, [0.0] * count), count, width)[0] == LOST).all()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.0"), (61.25, "1:01.2"), (0.3, "0:00.3"), (3725.9, "1:02:05.9")]
)
def test_time_is_told_in_whole_tenths(seconds: float, text: str):
    assert clock(seconds) == text
