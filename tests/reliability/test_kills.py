"""Some kills; `python -m tests.reliability kills` does hundreds."""

from __future__ import annotations

import pytest

from tests.reliability import kills

pytest.importorskip("pyrealsense2")
pytest.importorskip("imageio_ffmpeg")


def test_what_was_written_before_a_kill_opens():
    done = kills.run(seed=1, count=3)
    assert [one.record for one in done] == list(kills.RECORDS)
    assert not {one.number: one.faults() for one in done if one.faults()}


def test_a_short_file_would_be_seen():
    short = kills.Kill(
        0, "film.bag", "poses.csv", 1.0, False, 60, 30, False, [kills.Kept(".bag", 29), kills.Kept(".csv", 30)]
    )
    assert short.faults() == [".bag: 29 of the 30 frames that were due"]
