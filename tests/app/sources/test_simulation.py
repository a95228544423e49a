"""What the words behind "simulate:" show."""

import numpy as np
import pytest

from app.errors import SourceError
from app.settings import Filters
from app.sources import make_source
from app.sources.filters import camera_behind
from app.sources.simulation import SHOWN, Simulation, parse_simulation
from app.sources.simulator import SIMULATED_CAMERA, SimulatorSource, movie_of
from models.rendering.stage import ERRORS, MOTIONS, Stage
from tests.app.sources.film import BlobMovie, read


@pytest.mark.parametrize(
    "simulation",
    [
        Simulation(),
        *(Simulation(hand) for hand in SHOWN),
        *(Simulation("right", Stage(motion, errors)) for motion, errors in zip(MOTIONS, 4 * ERRORS)),
        Simulation("left", Stage("fist", "none", 0.65, True)),
        Simulation("both", fps=60),
    ],
)
def test_every_simulation_has_a_name_that_means_it(simulation: Simulation):
    assert parse_simulation(simulation.spec) == simulation


def test_short_names():
    assert parse_simulation("simulate") == Simulation()
    assert parse_simulation("simulate:2") == Simulation("both")
    assert Simulation().spec == "simulate"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("simulate:3", "got '3'"),
        ("simulate:motion=dance", "motion: expected one of gestures, random, "),
        ("simulate:distance=far", "distance: expected metres"),
        ("simulate:distance=9", "distance: expected 0.2 to 1.5 m, got 9"),
        ("simulate:distance=nan", "distance: expected"),
        ("simulate:errors=", "errors: expected one of stereo"),
        ("simulate:fps=0", "fps: expected 1 to 300, got 0"),
        ("simulate:fps=nan", "fps: expected 1 to 300"),
        ("simulate:fps=often", "fps: expected frames a second"),
        ("simulate:hand=third", "hand: expected one of right, left, both"),
        ("simulate:clutter=no", "got 'clutter=no'"),
    ],
)
def test_wrong_words_are_one_clear_line(spec: str, says: str):
    with pytest.raises(SourceError, match=says) as caught:
        make_source(spec, realtime=False)
    assert str(caught.value).startswith(f"{spec}: ")
    assert "\n" not in str(caught.value)


def film(words: str, index: int = 20):
    return movie_of(parse_simulation(f"simulate:{words}"))(SIMULATED_CAMERA, 30.0, 0).render(index)


def test_the_hand_is_as_far_away_as_asked():
    near, far = (np.median(film(f"distance={m}").poses[0].joints_cam_m[:, 2]) for m in (0.3, 0.7))
    assert far - near == pytest.approx(0.4, abs=0.001)


def test_hands_motion_errors_and_clutter_are_those_asked_for():
    assert [pose.hand for pose in film("hand=left").poses] == ["left"]
    assert sorted(pose.hand for pose in film("hand=both", 0).poses) == ["left", "right"]
    fist, palm = (film(f"motion={name}").poses[0].joints_cam_m for name in ("fist", "open"))
    assert np.linalg.norm(fist[8] - fist[0]) < 0.7 * np.linalg.norm(palm[8] - palm[0])
    one, other = (film("motion=random", index).poses[0].joints_cam_m for index in (20, 80))
    assert np.abs((one - one[0]) - (other - other[0])).max() > 0.02
    assert (film("motion=random").raw == film("motion=random").raw).all()
    bare, full = film("errors=none").raw, film("errors=none,clutter").raw
    assert (bare == 0).mean() > 0.3 and (full == 0).sum() == 0
    assert (film("errors=time-of-flight").raw != film("errors=structured-light").raw).any()


def test_filters_work_behind_the_simulated_camera_too():
    pytest.importorskip("pyrealsense2")
    source = SimulatorSource(realtime=False, movie=BlobMovie)
    source.set_filters(Filters(decimation=2, holes=True))
    with source as info:
        frame = read(source)
        assert info.camera == frame.camera == camera_behind(SIMULATED_CAMERA, 2)
        assert frame.raw.shape == info.camera.shape
        state = source.state()
        assert state is not None and state.filters == Filters(decimation=2, holes=True)
        source.set_filters(Filters())
        read(source)
        assert read(source).raw.shape == info.camera.shape  # until it is opened again
    assert source.state() is None


def test_the_rate_is_the_one_asked_for():
    with make_source("simulate:fps=60", realtime=False) as info:
        assert info.fps == 60
