"""A model that fits itself: the truth comes back from perfect data, bones are held, and what is no hand is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.tracking.fit.hand_fitter import HandFitter
from app.tracking.fit.model import SHAPE, SHAPE_SD, default_model
from app.tracking.fit.result import FitVerdict, HandFit
from app.tracking.fit.shape import LEARN_FRAMES
from app.tracking.fit.solver import Body, Measured, PoseState, between
from models.core.camera import MIRROR
from models.core.skeleton import HAND, bone_lengths
from models.core.types import Camera, DepthFrame, Pose
from models.rendering.gestures import GESTURES
from models.rendering.limits import THUMB
from models.rendering.render import empty_depth, rasterize
from models.rendering.scene import TO_CAMERA, euler

CAMERA = Camera(320, 240, 240.0, 240.0, 159.5, 119.5)
UNITS_M = 0.0001
NEAR_MM, WIDE_MM = 2.0, 12.0


def truth(time_s: float, shape: np.ndarray | None = None) -> Body:
    """A hand that opens and closes before the camera, of the mean shape or another one."""
    body = Body(default_model())
    body.set_shape(np.zeros(SHAPE) if shape is None else shape)
    share = 0.5 - 0.5 * np.cos(2 * np.pi * time_s / 2)
    angles = (1 - share) * GESTURES["open"] + share * GESTURES["relaxed"]
    turn = euler(0.2 * np.sin(3 * time_s), 0.3 * np.sin(2 * time_s), 0.1) @ TO_CAMERA
    body.pose(PoseState(turn, np.array([0.02 * np.sin(time_s), 0.08, 0.45]), angles), whole=True)
    return body


def image_of(vertices: np.ndarray, faces: np.ndarray, number: int) -> DepthFrame:
    depth_m = empty_depth(CAMERA.height, CAMERA.width)
    rasterize(np.ascontiguousarray(vertices), faces, CAMERA.fx, CAMERA.fy, CAMERA.ppx, CAMERA.ppy, depth_m)
    raw = np.where(np.isfinite(depth_m), np.round(depth_m / UNITS_M), 0).astype(np.uint16)
    return DepthFrame(raw, UNITS_M, CAMERA, number, 1000 * number / 30, 0.0)


def frame_of(body: Body, number: int, is_left: bool = False) -> tuple[DepthFrame, Pose]:
    mirror = MIRROR if is_left else np.ones(3)
    frame = image_of(body.vertices * mirror, default_model().faces, number)
    sd_mm = np.full(21, NEAR_MM)
    return frame, Pose(body.joints * mirror, np.ones(21), 1.0, "left" if is_left else "right", joint_sd_mm=sd_mm)


def shaken(pose: Pose, rng: np.random.Generator, by_mm: float) -> Pose:
    joints = pose.joints_cam_m + rng.normal(0, by_mm / 1000, (21, 3))
    return replace(pose, joints_cam_m=joints, joint_sd_mm=np.full(21, by_mm))


def error_mm(joints: np.ndarray, wanted: np.ndarray) -> float:
    return 1000 * float(np.linalg.norm(joints - wanted, axis=1).mean())


def is_finite(fit: HandFit) -> bool:
    arrays = (fit.vertices_cam_m, fit.joints_cam_m, fit.angles_rad, fit.rotations, fit.shape.phalanges)
    return all(np.isfinite(array).all() for array in arrays) and np.isfinite(fit.shape.size)


def test_perfect_joints_and_depth_give_the_truth_back():
    fitter = HandFitter()
    for number in range(10):
        body = truth(number / 30)
        fit = fitter.fit(*frame_of(body, number))
    assert fit is not None
    assert fit.verdict is FitVerdict.SHOWN
    assert error_mm(fit.joints_cam_m, body.joints) < 0.7
    assert fit.residual_mm is not None
    assert fit.residual_mm < 1.5


def test_depth_mends_joints_that_shake():
    """Joints are 6 mm off along each axis, about 10 mm in all; the image has no errors."""
    fitter, rng = HandFitter(), np.random.default_rng(0)
    read, fitted = [], []
    for number in range(20):
        body = truth(number / 30)
        frame, pose = frame_of(body, number)
        pose = shaken(pose, rng, 6.0)
        fit = fitter.fit(frame, pose)
        assert fit is not None
        read.append(error_mm(pose.joints_cam_m, body.joints))
        fitted.append(error_mm(fit.joints_cam_m, body.joints))
    assert np.mean(fitted[5:]) < 0.5 * np.mean(read[5:])


def test_a_shape_is_learned_and_then_held():
    rng = np.random.default_rng(1)
    shape = rng.normal(0, 0.8, SHAPE) * SHAPE_SD
    fitter, lengths, first = HandFitter(), [], None
    for number in range(LEARN_FRAMES + 10):
        body = truth(number / 30, shape)
        frame, pose = frame_of(body, number)
        fit = fitter.fit(frame, shaken(pose, rng, 3.0))
        assert fit is not None
        first = fit if first is None else first
        if fit.shape.is_held:
            lengths.append(bone_lengths(fit.joints_cam_m, HAND.bones))
    wanted = bone_lengths(body.joints, HAND.bones)
    assert len(lengths) >= 10
    assert np.ptp(lengths, axis=0).max() < 1e-9
    mean_hand = bone_lengths(truth(0.0).joints, HAND.bones)
    assert np.abs(lengths[-1] - wanted).mean() < 0.5 * np.abs(mean_hand - wanted).mean()


def test_a_left_hand_is_the_mirror_image():
    right, left = HandFitter(), HandFitter()
    for number in range(3):
        body = truth(number / 30)
        one, other = right.fit(*frame_of(body, number)), left.fit(*frame_of(body, number, is_left=True))
    assert one is not None
    assert other is not None
    assert error_mm(one.joints_cam_m * MIRROR, other.joints_cam_m) < 0.5
    assert np.allclose(one.angles_rad, other.angles_rad, atol=0.05)
    a, b, c = (other.vertices_cam_m[other.faces[:, corner]] for corner in range(3))
    assert (a * np.cross(b, c)).sum() > 0, "a left hand's faces look outwards, too"


def test_a_hand_that_jumps_or_changes_sides_starts_anew():
    fitter = HandFitter()
    for number in range(3):
        fitter.fit(*frame_of(truth(number / 30), number))
    body = truth(1.0)
    frame, pose = frame_of(body, 3, is_left=True)
    fit = fitter.fit(frame, pose)
    assert fit is not None
    assert error_mm(fit.joints_cam_m, pose.joints_cam_m) < 3.0


def with_a_thumb(angles_deg: tuple[float, ...]) -> Body:
    """An open hand with its thumb in a pose (5,)."""
    body, angles = Body(default_model()), GESTURES["open"].copy()
    angles[THUMB] = np.radians(angles_deg)
    body.pose(PoseState(TO_CAMERA, np.array([0.0, 0.08, 0.45]), angles), whole=True)
    return body


@pytest.mark.parametrize(
    ("before_deg", "now_deg"),
    [((-30, -20, 0, 0, 0), (40, 40, 0, 20, 20)), ((50, -40, 0, 60, 70), (10, 50, 0, 0, 0))],
)
def test_a_thumb_that_was_read_elsewhere_is_not_held_there(before_deg: tuple[float, ...], now_deg: tuple[float, ...]):
    """Steps from where the last frame had it end where they began, 60 mm off."""
    fitter = HandFitter()
    for number in range(4):
        fitter.fit(*frame_of(with_a_thumb(before_deg), number))
    body = with_a_thumb(now_deg)
    for number in range(4, 6):
        fit = fitter.fit(*frame_of(body, number))
        assert fit is not None
        assert error_mm(fit.joints_cam_m[17:], body.joints[17:]) < 4


def test_a_finger_that_is_read_elsewhere_stays_where_the_image_shows_it():
    fitter = HandFitter()
    for number in range(4):
        frame, pose = frame_of(with_a_thumb((0, 20, 0, 10, 10)), number)
        joints = pose.joints_cam_m.copy()
        if number == 3:
            joints[2:5] = joints[1] + np.array([(0.01, 0.02, -0.03), (0.0, 0.04, -0.03), (0.0, 0.04, -0.01)])
        fit = fitter.fit(frame, replace(pose, joints_cam_m=joints))
    assert fit is not None
    assert error_mm(joints[2:5], pose.joints_cam_m[2:5]) > 50
    assert error_mm(fit.joints_cam_m[2:5], pose.joints_cam_m[2:5]) < 10


@pytest.mark.parametrize("is_left", [False, True])
def test_a_noisy_image_still_shows_the_hand(is_left: bool):
    """Pixels 8 mm off, like those of a hand at one metre: without means they look like flying ones."""
    fitter, rng = HandFitter(), np.random.default_rng(6)
    for number in range(6):
        frame, pose = frame_of(truth(number / 30), number, is_left)
        off = np.where(frame.raw > 0, np.round(rng.normal(0, 0.008 / UNITS_M, frame.raw.shape)), 0)
        fit = fitter.fit(replace(frame, raw=(frame.raw + off).astype(np.uint16)), shaken(pose, rng, 6.0))
        assert fit is not None
        assert fit.verdict is FitVerdict.SHOWN
    assert error_mm(fit.joints_cam_m, pose.joints_cam_m) < 4
    assert fit.residual_mm is not None
    assert fit.residual_mm < 7


def noise(rng: np.random.Generator) -> tuple[DepthFrame, Pose]:
    frame, pose = frame_of(truth(0.0), 0)
    raw = rng.integers(3800, 5200, frame.raw.shape).astype(np.uint16)
    return replace(frame, raw=raw), pose


def half_a_hand(rng: np.random.Generator) -> tuple[DepthFrame, Pose]:
    frame, pose = frame_of(truth(0.0), 0)
    raw = frame.raw.copy()
    raw[:, :165] = 0
    return replace(frame, raw=raw), shaken(pose, rng, WIDE_MM)


def an_arm_without_a_hand(rng: np.random.Generator) -> tuple[DepthFrame, Pose]:
    model, body = default_model(), truth(0.0)
    frame = image_of(body.vertices, model.arm_faces, 0)
    return frame, shaken(frame_of(body, 0)[1], rng, WIDE_MM)


def in_wrong_units(rng: np.random.Generator, times: float) -> tuple[DepthFrame, Pose]:
    """The depth of a hand, and so everything that was read in it, is so many times as large."""
    frame, pose = frame_of(truth(0.0), 0)
    return replace(frame, depth_units=UNITS_M * times), replace(pose, joints_cam_m=pose.joints_cam_m * times)


def no_hand_in_joints(rng: np.random.Generator) -> tuple[DepthFrame, Pose]:
    frame, pose = frame_of(truth(0.0), 0)
    return frame, replace(pose, joints_cam_m=rng.normal(0, 0.07, (21, 3)) + [0, 0, 0.45])


NO_HANDS = {
    "noise": noise,
    "an arm": an_arm_without_a_hand,
    "a hand of 5 cm": lambda rng: in_wrong_units(rng, 0.27),
    "a hand of 50 cm": lambda rng: in_wrong_units(rng, 2.7),
    "joints of no hand": no_hand_in_joints,
}


@pytest.mark.parametrize("name", NO_HANDS)
def test_what_is_no_hand_is_called_none(name: str):
    rng, fitter = np.random.default_rng(2), HandFitter()
    for number in range(4):
        frame, pose = NO_HANDS[name](rng)
        fit = fitter.fit(replace(frame, timestamp_ms=1000 * number / 30), pose)
        assert fit is not None
        assert is_finite(fit)
    assert fit.verdict is FitVerdict.NOT_A_HAND
    assert fit.shown(pose.joints_cam_m) is pose.joints_cam_m


def test_half_a_hand_never_explodes():
    rng, fitter = np.random.default_rng(3), HandFitter()
    for number in range(30):
        frame, pose = half_a_hand(rng)
        fit = fitter.fit(replace(frame, timestamp_ms=1000 * number / 30), pose)
        assert fit is not None
        assert is_finite(fit)
        assert error_mm(fit.joints_cam_m, truth(0.0).joints) < 3 * WIDE_MM
        assert 0.7 < fit.shape.size < 1.4


def cropped(frame: DepthFrame, columns: slice) -> DepthFrame:
    """What a camera sees whose picture has these columns only."""
    start, stop, _ = columns.indices(frame.camera.width)
    camera = replace(frame.camera, width=stop - start, ppx=frame.camera.ppx - start)
    return replace(frame, raw=np.ascontiguousarray(frame.raw[:, columns]), camera=camera)


@pytest.mark.parametrize("is_left", [False, True])
@pytest.mark.parametrize("outside", ["left", "right"])
def test_a_hand_half_outside_the_picture_is_called_so_and_teaches_nothing(is_left: bool, outside: str):
    rng, fitter = np.random.default_rng(4), HandFitter()
    for number in range(20):
        frame, pose = frame_of(truth(number / 30), number, is_left)
        middle = int(CAMERA.fx * pose.joints_cam_m[9, 0] / pose.joints_cam_m[9, 2] + CAMERA.ppx)
        part = slice(middle, None) if outside == "left" else slice(0, middle)
        pose = shaken(pose, rng, NEAR_MM)
        fit = fitter.fit(cropped(frame, part), pose)
        assert fit is not None
        assert is_finite(fit)
        assert fit.verdict is FitVerdict.CUT_OFF
        assert fit.shown(pose.joints_cam_m) is pose.joints_cam_m
        assert error_mm(fit.joints_cam_m, truth(number / 30).joints * (MIRROR if is_left else 1)) < 3 * NEAR_MM
    assert fit.shape.size == pytest.approx(1)
    frame, pose = frame_of(truth(20 / 30), 20, is_left)
    back = fitter.fit(frame, shaken(pose, rng, NEAR_MM))
    assert back is not None
    assert back.verdict is FitVerdict.SHOWN


def test_a_forearm_that_leaves_the_picture_cuts_no_hand():
    frame, pose = frame_of(truth(0.0), 0)
    camera, wrist = frame.camera, pose.joints_cam_m[0]
    bottom = int(camera.fy * wrist[1] / wrist[2] + camera.ppy) + 2
    raw = np.ascontiguousarray(frame.raw[:bottom])
    pose = shaken(pose, np.random.default_rng(5), NEAR_MM)
    fit = HandFitter().fit(replace(frame, raw=raw, camera=replace(camera, height=bottom)), pose)
    assert fit is not None
    assert frame.raw[bottom - 1].any(), "the forearm is in the picture's last line"
    assert fit.verdict is FitVerdict.SHOWN


def test_a_pose_between_two_is_half_way():
    one = PoseState(np.eye(3), np.zeros(3), np.zeros(24))
    other = PoseState(euler(0.4, 0.0, 0.0), np.array([0.0, 0.2, 0.0]), np.ones(24))
    middle = between(one, other)
    np.testing.assert_allclose(middle.turn, euler(0.2, 0.0, 0.0), atol=1e-12)
    np.testing.assert_allclose(middle.place, [0.0, 0.1, 0.0])
    np.testing.assert_allclose(middle.angles, 0.5)
    np.testing.assert_allclose(between(one, one).turn, one.turn)


def test_a_step_that_leads_away_from_the_image_is_halved(monkeypatch: pytest.MonkeyPatch):
    """Steps that go three centimetres too far are as good as none, or half as far off."""
    frame, pose = frame_of(truth(0.0), 0)
    fitter, taken = HandFitter(), Body.approach

    def too_far(self: Body, state: PoseState, measured: Measured, count: int, with_image: bool) -> None:
        taken(self, state, measured, count, with_image)
        if with_image:
            state.place[:] += [0.03, 0.0, 0.0]

    monkeypatch.setattr(Body, "approach", too_far)
    fit = fitter.fit(frame, pose)
    assert fit is not None
    assert error_mm(fit.joints_cam_m, pose.joints_cam_m) < 17


@pytest.mark.parametrize("value", [0.0, 1e-9, 1e6])
def test_joints_all_in_one_place_or_far_away_give_finite_numbers(value: float):
    frame, pose = frame_of(truth(0.0), 0)
    fit = HandFitter().fit(frame, replace(pose, joints_cam_m=np.full((21, 3), value)))
    assert fit is None or (is_finite(fit) and fit.verdict is FitVerdict.NOT_A_HAND)


def test_an_empty_image_gives_a_model_without_a_residual():
    frame, pose = frame_of(truth(0.0), 0)
    fit = HandFitter().fit(replace(frame, raw=np.zeros_like(frame.raw)), pose)
    assert fit is not None
    assert is_finite(fit)
    assert fit.residual_mm is None
    assert fit.verdict is FitVerdict.NOT_A_HAND


def test_rotations_are_unit_quaternions_that_turn_bones():
    body = truth(0.3)
    fitter = HandFitter()
    fit = fitter.fit(*frame_of(body, 0))
    assert fit is not None
    assert np.allclose(np.linalg.norm(fit.rotations, axis=1), 1)
    x, y, z, w = fit.rotations[HAND.joints.index("index_pip")]
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    count = default_model().vertex_count
    pip, dip = (count + HAND.joints.index(f"index_{part}") for part in ("pip", "dip"))
    at_rest = fitter.rest_points[dip] - fitter.rest_points[pip]
    bone = fit.joints_cam_m[dip - count] - fit.joints_cam_m[pip - count]
    assert np.allclose(turn @ at_rest, bone, atol=1e-9)
