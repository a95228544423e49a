"""What takes too long is noticed within two seconds, and said once."""

from __future__ import annotations

import logging

import pytest

from app.run.watch import STALL_S, Stage, StageWatch, StallLog

SHOWN_WITHIN_S = 2.0


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.mark.parametrize("stage", Stage)
def test_a_stage_that_lasts_is_a_stall_until_it_ends(clock: Hands, stage: Stage):
    watch = StageWatch(clock)
    assert watch.stall() is None
    with watch.at(stage):
        clock.now_s += 0.9 * STALL_S
        assert watch.stall() is None
        clock.now_s = 100.0 + SHOWN_WITHIN_S
        stall = watch.stall()
        assert stall is not None
        assert (stall.stage, stall.seconds) == (stage, SHOWN_WITHIN_S)
        assert "2 s" in stall.line
        assert "\n" not in stall.line
    assert watch.stall() is None


def test_a_stage_that_fails_is_over_too(clock: Hands):
    watch = StageWatch(clock)
    with pytest.raises(ValueError, match="broken"), watch.at(Stage.READ):
        raise ValueError("broken")
    clock.now_s += 10
    assert watch.stall() is None


def test_many_short_stages_are_no_stall(clock: Hands):
    watch = StageWatch(clock)
    for _ in range(20):
        with watch.at(Stage.READ):
            clock.now_s += 0.5
            assert watch.stall() is None


def test_each_stall_is_one_line_in_the_log(clock: Hands, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    watch = StageWatch(clock)
    stalls = StallLog(watch)
    stalls.label = "demo.bag"
    for stage in (Stage.READ, Stage.RECORD):
        with watch.at(stage):
            for _ in range(10):
                stalls.look()
                clock.now_s += 1
        stalls.look()
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in said] == ["WARNING", "INFO", "WARNING", "INFO"]
    assert all(line.startswith("demo.bag: ") for _, line in said)
    assert "no picture" in said[0][1]
    assert "recording" in said[2][1]
