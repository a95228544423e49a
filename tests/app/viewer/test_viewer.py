"""Pictures of the real 3D view, rendered in a process of their own under a virtual display."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.viewer.aim import Viewpoint
from app.viewer.colors import BACKGROUND, GROUND_COLOR, HAND_COLOR, RESIDUAL_RAMP, SKIN_COLOR, VOXEL_COLOR
from models.core.camera import project
from models.core.skeleton import FINGERS, HAND
from tests.app.gui import xvfb
from tests.app.gui.fakes import CAMERA, joints_at
from tests.app.viewer.pictures import what_is_shown

ROOT = Path(__file__).resolve().parents[3]


CLOSED = """
import numpy as np
from app.viewer.shown import Coloring, HandAs
from app.viewer.viewer import Viewer
from tests.app.gui.fakes import depth_at, pose_at
from tests.app.viewer.capture import SPAN_M, frame_of
viewer = Viewer(160, 120)
hand = frame_of(depth_at(0))
viewer.show(hand, pose_at(0), SPAN_M)
assert viewer.render()
viewer.refresh()
np.testing.assert_array_equal(viewer.render_picture(), viewer.capture())
assert viewer.render_picture() is None
for _ in range(2):
    viewer.close()
    viewer.show(hand, pose_at(0), SPAN_M)
    viewer.show_insight(None)
    viewer.clear()
    viewer.set_dimmed(True)
    for switch in (viewer.set_shows_cube, viewer.set_shows_names, viewer.set_shows_camera):
        switch(True)
    viewer.set_hand_as(HandAs.SKELETON)
    viewer.set_coloring(Coloring.HAND)
    viewer.reset_view()
    viewer.orbit(1, 1)
    viewer.drift(1)
    viewer.pan(1, 1)
    viewer.zoom(1)
    viewer.refresh()
    assert not viewer.render()
    assert viewer.render_picture() is None
"""


def test_what_comes_after_the_view_was_closed_does_nothing(x_display):
    """The last frames and choices may come while the window closes."""
    command = [sys.executable, "-c", CLOSED]
    done = subprocess.run(
        command, env=xvfb.environment(x_display), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def shots(x_display, tmp_path_factory):
    out = tmp_path_factory.mktemp("viewer") / "shots.npz"
    command = [sys.executable, "-m", "tests.app.viewer.capture", str(out)]
    done = subprocess.run(
        command, env=xvfb.environment(x_display), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    with np.load(out) as data:
        return dict(data)


def turned(viewpoint):
    """The rotation (3, 3) of T_view_camera of a view that stands there."""
    forward, down = -viewpoint.toward_eye(), -viewpoint.upward()
    return np.array([np.cross(down, forward), down, forward])


def finger_place(picture, group):
    """Mean column and row of a finger's pixels."""
    close = np.abs(picture / 255.0 - HAND.colors[group]).max(axis=2) < 0.1
    rows, columns = np.nonzero(close)
    return np.array([columns.mean(), rows.mean()])


def test_an_empty_scene_is_background_with_a_quiet_grid(shots):
    pixels = shots["empty"].reshape(-1, 3) / 255
    is_grid = np.abs(pixels - BACKGROUND).max(axis=1) > 0.01
    assert 0.005 < is_grid.mean() < 0.1
    assert (pixels < np.array(GROUND_COLOR) + 0.01).all()


def test_a_pose_without_depth_shows_all_fingers_and_no_surface(shots):
    shown = what_is_shown(shots["skeleton"])
    assert min(shown.fingers.values()) > 300
    assert shown.surface < 300


def test_depth_without_a_pose_shows_the_surface_and_no_fingers(shots):
    shown = what_is_shown(shots["cloud"])
    assert shown.surface > 5000
    assert max(shown.fingers.values()) < 30


@pytest.mark.parametrize("where", ["", "_aside"])
def test_the_skeleton_shows_through_the_surface_wherever_the_view_stands(shots, where):
    alone, both = what_is_shown(shots[f"skeleton{where}"]), what_is_shown(shots[f"both{where}"])
    assert both.surface > 5000
    assert min(alone.fingers.values()) > 200
    assert min(both.fingers[name] / alone.fingers[name] for name in FINGERS) > 0.9


def test_a_stale_picture_is_dimmed(shots):
    bright, dim = (np.abs(shots[name] / 255.0 - BACKGROUND).max(axis=2) for name in ("both", "dimmed"))
    assert dim.max() < 0.5 * bright.max()
    assert (dim > 0.02).sum() > 0.8 * (bright > 0.06).sum()


def test_the_cube_is_drawn_only_where_it_is_asked_for_and_the_pose_has_one(shots):
    background = {name: what_is_shown(shots[name]).background for name in ("cubed", "bare", "skeleton")}
    assert background["bare"] > background["cubed"] + 500
    assert background["skeleton"] == background["bare"]


def test_the_view_is_upright_and_not_mirrored(shots):
    places = np.array([finger_place(shots["straight"], group) for group in range(1, 6)])
    joints = joints_at(0)
    groups = np.array(HAND.groups)
    expected = np.array([project(joints[groups == group], CAMERA).mean(axis=0) for group in range(1, 6)])
    # The view is the depth camera's but for position and scale: the same layout, fitted without turning or flipping.
    centred, wanted = places - places.mean(axis=0), expected - expected.mean(axis=0)
    scale = (centred * wanted).sum(axis=0) / (wanted**2).sum(axis=0)
    assert (scale > 1).all(), dict(zip(FINGERS, places.tolist()))
    assert np.abs(centred - scale * wanted).max() < 12


def test_the_first_hand_is_in_the_middle(shots):
    np.testing.assert_allclose(shots["front"][:3, :3], turned(Viewpoint.ASIDE), atol=1e-9)
    rows, columns = np.nonzero(np.abs(shots["skeleton"] / 255.0 - BACKGROUND).max(axis=2) > 0.4)
    assert abs((columns.min() + columns.max()) / 2 - 320) < 40
    assert abs((rows.min() + rows.max()) / 2 - 240) < 40


def test_the_view_goes_with_the_hand_only_where_it_shall(shots):
    np.testing.assert_array_equal(shots["kept"], shots["front"])
    went = np.linalg.inv(shots["followed"])[:3, 3] - np.linalg.inv(shots["back"])[:3, 3]
    np.testing.assert_allclose(went, (0.1, 0.05, 0.2), atol=0.06)
    np.testing.assert_allclose(shots["followed"][:3, :3], turned(Viewpoint.ASIDE), atol=1e-9)


def test_a_new_source_does_not_turn_back_what_the_user_turned(shots):
    assert np.abs(shots["turned"] - shots["front"]).max() > 0.05
    np.testing.assert_allclose(shots["still_turned"], shots["turned"], atol=1e-9)
    np.testing.assert_allclose(shots["reset"][:3, :3], turned(Viewpoint.ASIDE), atol=1e-9)


def test_clearing_takes_everything_away(shots):
    shown = what_is_shown(shots["cleared"])
    assert shown.background == 640 * 480


def how_many_like(picture, color, near=0.12):
    """Pixels of about that colour's hue, however it is shaded."""
    rgb = picture.reshape(-1, 3) / 255.0
    rgb = rgb[rgb.max(axis=1) > 0.25]
    hue, wanted = rgb / rgb.max(axis=1, keepdims=True), np.array(color) / max(color)
    return int((np.abs(hue - wanted).max(axis=1) < near).sum())


def test_hands_are_bones_or_skin_or_both_or_neither(shots):
    bones = {name: min(what_is_shown(shots[name]).fingers.values()) for name in ("SKELETON", "MESH", "BOTH", "CLOUD")}
    skin = {name: how_many_like(shots[name], SKIN_COLOR, near=0.04) for name in bones}
    assert min(bones["SKELETON"], bones["BOTH"]) > 150
    assert max(bones["MESH"], bones["CLOUD"]) < 60
    assert min(skin["MESH"], skin["BOTH"]) > 5 * max(skin["SKELETON"], skin["CLOUD"], 100)


def test_the_colours_of_the_surface_say_what_they_are_asked_to(shots):
    warm = {name: how_many_like(shots[f"colored_{name}"], HAND_COLOR) for name in ("HAND", "DEPTH", "RESIDUAL")}
    green = {name: how_many_like(shots[f"colored_{name}"], RESIDUAL_RAMP[0]) for name in warm}
    assert warm["HAND"] > 1000
    assert warm["DEPTH"] < 100
    assert green["RESIDUAL"] > 20 > green["HAND"]


def test_what_the_network_sees_takes_the_place_of_the_surface_and_goes_again(shots):
    assert how_many_like(shots["insight"], HAND_COLOR, near=0.05) < 200
    assert how_many_like(shots["insight"], VOXEL_COLOR, near=0.05) > 500
    assert how_many_like(shots["insight_ended"], HAND_COLOR) > 1000


def test_the_camera_is_drawn_where_it_is_asked_for(shots):
    more = np.abs(shots["camera"].astype(int) - shots["no_camera"]).max(axis=2) > 30
    assert 100 < more.sum() < 10_000


def test_the_view_from_the_camera_stands_where_the_camera_does(shots):
    np.testing.assert_allclose(shots["matrix_CAMERA"], np.eye(4), atol=1e-3)
