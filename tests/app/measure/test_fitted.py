"""How the fitted model is measured, and the command."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from app.measure import films as command
from app.measure.fitted import HEAD, Fitted, figures_of, followed_both, overall
from app.measure.inside import deepest_mm
from app.measure.two_hands import film_of
from app.tracking.fit.hand_fitter import HandFitter
from app.tracking.fit.model import default_model
from app.tracking.fit.result import FitVerdict
from app.tracking.fit.solver import Body, PoseState
from models.core.types import DepthFrame
from models.data.synthetic.films import Film
from models.rendering.gestures import GESTURES
from models.rendering.rig import ANGLE


@pytest.fixture(scope="module")
def answers() -> list[Fitted]:
    """A short film whose joints are read 10 mm too far to the right."""
    fitter, found = HandFitter(), []
    for each in Film(3, seconds=0.3).frames():
        pose = replace(each.truth, joints_cam_m=each.truth.joints_cam_m + [0.01, 0, 0], joint_sd_mm=np.full(21, 10.0))
        fit = fitter.fit(each.frame, pose)
        assert fit is not None
        found.append(Fitted(pose, fit, 1.0, each))
    return found


def test_errors_are_those_of_what_was_read_and_what_is_shown(answers: list[Fitted]):
    figures = figures_of([*answers, None])
    assert (figures.frames, figures.hands) == (len(answers) + 1, len(answers))
    assert figures.raw_mm == pytest.approx(10.0)
    assert figures.fit_mm is not None
    assert figures.fit_mm < 8.0
    assert figures.shown_mm == pytest.approx(figures.fit_mm)
    assert figures.change == pytest.approx(figures.shown_mm / 10 - 1)
    assert figures.angles_raw == pytest.approx(0, abs=1e-6)
    assert figures.bones_raw == pytest.approx(0, abs=1e-9)


def test_where_the_model_is_not_shown_the_joints_as_read_count(answers: list[Fitted]):
    refused = [replace(a, fit=replace(a.fit, verdict=FitVerdict.RAW)) for a in answers]
    figures = figures_of(refused)
    assert figures.shown_mm == pytest.approx(figures.raw_mm)
    assert figures.raw_shown == len(answers)


def test_a_hand_that_is_cut_off_is_counted_as_such(answers: list[Fitted]):
    cut = [replace(a, fit=replace(a.fit, verdict=FitVerdict.CUT_OFF)) for a in answers[:2]]
    figures = figures_of([*cut, *answers[2:]])
    assert (figures.cut_off, figures.no_hand, figures.raw_shown) == (2, 0, 0)


def test_fingers_in_one_another_are_counted_with_their_depth(answers: list[Fitted]):
    body, angles = Body(default_model()), GESTURES["open"].copy()
    body.pose(PoseState(angles=angles), whole=True)
    apart = replace(answers[0].fit, vertices_cam_m=body.vertices.copy(), faces=body.model.faces)
    angles[ANGLE["index_mcp_abduct"]] -= np.radians(12)
    body.pose(PoseState(angles=angles), whole=True)
    crossed = replace(apart, vertices_cam_m=body.vertices.copy())
    figures = figures_of([replace(answers[0], fit=fit) for fit in (apart, crossed, apart, apart)])
    assert figures.inside == pytest.approx(0.25)
    assert figures.inside_mm == pytest.approx(deepest_mm(crossed.vertices_cam_m, crossed.faces))
    assert f"25 %, {figures.inside_mm:.1f}" in figures.line("x")


def test_without_truth_only_the_image_is_compared(answers: list[Fitted]):
    figures = figures_of([replace(a, film=None) for a in answers])
    assert figures.raw_mm is figures.shape_mm is figures.angles_fit is None
    assert figures.off_fit_mm < figures.off_raw_mm
    assert len(figures.line("x")) <= len(HEAD) + 2


def test_films_count_the_same_whatever_their_length(answers: list[Fitted]):
    one, other = figures_of(answers), figures_of([replace(a, read=a.film.truth) for a in answers[:2]])
    both = overall([one, other])
    assert both.raw_mm == pytest.approx(5.0)
    assert both.hands == len(answers) + 2


def test_no_hand_is_said():
    with pytest.raises(ValueError, match="no hand"):
        figures_of([None, None])


def test_the_command_measures_a_short_film(capsys: pytest.CaptureFixture[str]):
    assert command.main(["--films", "1", "--seconds", "0.3", "--device", "cpu"]) == 0
    head, film, *_, times = capsys.readouterr().out.strip().splitlines()
    assert head == HEAD.strip()
    assert film.startswith("0 slow")
    assert times.startswith("processor time")


def test_each_of_two_hands_has_its_own_model():
    """Both hands of a film are read 10 mm too far to the right."""

    class TwoHands:
        def reset(self) -> None:
            self.frames = iter(film)

        def track(self, frame: DepthFrame) -> SimpleNamespace:
            truths, sd_mm = next(self.frames)[1], np.full(21, 10.0)
            read = (replace(each, joints_cam_m=each.joints_cam_m + [0.01, 0, 0], joint_sd_mm=sd_mm) for each in truths)
            return SimpleNamespace(poses=tuple(read))

    film = film_of(1, 5)
    found = followed_both(TwoHands(), film)
    for hand in ("right", "left"):
        figures = figures_of(found[hand])
        assert figures.hands == 5
        assert figures.raw_mm == pytest.approx(10.0)
        assert figures.fit_mm is not None
        assert figures.fit_mm < 8.0
        assert all(answer is not None and answer.read.hand == hand for answer in found[hand])


@pytest.mark.parametrize("wrong", [["--films", "0"], ["--seconds", "0"], ["--frames", "0"], ["--first", "-1"]])
def test_wrong_numbers_are_refused(wrong: list[str]):
    with pytest.raises(SystemExit, match="2"):
        command.main(wrong)


def test_a_source_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]):
    assert command.main(["/nowhere/at/all", "--device", "cpu"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
