"""How films of two hands are judged, and the command."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.measure import __main__ as command
from app.measure.two_hands import (
    ON_HAND_M,
    SETTLED_FRAMES,
    WARM_UP_FRAMES,
    Answer,
    Figures,
    after_crossings,
    answers_of,
    cost_of_two,
    film_of,
    is_swap,
    judged,
)
from models.core.types import Pose
from tests.app.fakes import FakeSource, FakeTracker, hand_frame, pose, result_of


def at(x_m: float, hand: str) -> Pose:
    return replace(pose(), joints_cam_m=pose().joints_cam_m + (x_m, 0, 0), hand=hand)


def answer(right_m: float, *found: Pose) -> Answer:
    """Of a frame with the right hand at x = right_m and the left one at the mirrored place."""
    frame = hand_frame()
    first, *others = (result_of(frame, one) for one in found or (None,))
    return judged(replace(first, others=tuple(others)), (at(right_m, "right"), at(-right_m, "left")))


def test_each_pose_goes_to_the_hand_that_it_lies_on():
    right, left = at(-0.1, "right"), at(0.1, "left")
    assert answer(-0.1, left, right).found == (right, left)
    far = at(0.1 + 1.1 * ON_HAND_M, "left")
    missed = answer(-0.1, right, far)
    assert missed.found == (right, None) and missed.stray == 1
    assert answer(-0.1, right, left).has_both and not missed.has_both


def film(sides: tuple[str, str]) -> list[Answer]:
    """The hands cross half way; afterwards they are taken for these sides."""
    before = [answer(-0.1, at(-0.1, "right"), at(0.1, "left"))] * 20
    return before + [answer(0.1, at(0.1, sides[0]), at(-0.1, sides[1]))] * 30


def test_a_swap_is_seen_after_a_crossing():
    (kept,), (swapped,) = (after_crossings(film(sides)) for sides in (("right", "left"), ("left", "right")))
    assert len(kept) == 30 - SETTLED_FRAMES
    assert not is_swap(kept) and is_swap(swapped)


def test_figures_add_up_over_films():
    figures = Figures()
    figures.add(film(("right", "left")))
    figures.add(film(("left", "right")))
    assert (figures.frames, figures.show_both, figures.have_both) == (100, 100, 100)
    assert (figures.crossings, figures.swaps, figures.wrong_sides) == (2, 1, 60)
    assert figures.errors_mm == pytest.approx([0] * 200, abs=1e-9)
    assert figures.line("all").split()[:4] == ["all", "100", "100", "100.0"]


def test_a_film_is_answered_frame_by_frame_from_its_start():
    tracker = FakeTracker()
    answers = answers_of(tracker, film_of(1, 3))
    assert tracker.resets == 1 and tracker.frame_ids == [0, 1, 2]
    assert all(len(answer.truths) == 2 for answer in answers)


def test_frames_with_a_second_hand_are_counted():
    cost = cost_of_two(FakeTracker(), FakeTracker(), FakeSource([hand_frame(), None, hand_frame()]))
    assert (cost.frames, cost.found, cost.p50) == (2, 0, None)
    longer = cost_of_two(FakeTracker(), FakeTracker(), FakeSource([hand_frame()] * (WARM_UP_FRAMES + 1)))
    assert longer.p50 is not None and longer.p50 > 0


def test_the_command_prints_films_and_sources(capsys, monkeypatch):
    loaded = FakeTracker()
    loaded.networks = (None, None)
    monkeypatch.setattr(command, "build_tracker", lambda *_: loaded)
    monkeypatch.setattr(command, "make_tracker", lambda *_: FakeTracker())
    monkeypatch.setattr(command, "make_source", lambda *_args, **_kinds: FakeSource([hand_frame()]))
    assert command.main(["--films", "1", "--frames", "2"]) == 0
    head, one, total, times = capsys.readouterr().out.splitlines()
    assert head.startswith("film") and one.split()[0] == "1" and total.split()[0] == "all" and "2 frames" in times
    assert command.main(["a.bag"]) == 0
    assert "a second hand in 0 of 1 frames" in capsys.readouterr().out


def test_what_cannot_be_measured_is_one_line(capsys):
    assert command.main(["--model", "missing.onnx"]) == 1
    assert capsys.readouterr().err.startswith("app.measure: model missing.onnx: there is no such file")
    with pytest.raises(SystemExit):
        command.main(["--films", "0"])
