"""A model of one hand that follows its track: fitted to the joints as they were read and to the depth image."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from app.tracking.fit import priors
from app.tracking.fit.anew import BETTER, NO_ANGLES, REST, far_off, started_anew
from app.tracking.fit.model import SHAPE, SIZE, FitModel, default_model, phalanges_of, thickness_of
from app.tracking.fit.result import FitVerdict, HandFit, HandShape
from app.tracking.fit.seen import Image, image_around
from app.tracking.fit.shape import ShapeMemory
from app.tracking.fit.solver import UNKNOWN_SD, Body, Measured, PoseState, Weights, between, first_guess
from models.core.camera import MIRROR
from models.core.skeleton import bone_sum, hand_reference_point
from models.core.types import DepthFrame, Pose

FIRST_STEPS, RAW_STEPS, STEPS = 12, 2, 3
JUMP_M = 0.08
"""A hand that is so far from where it was is fitted from the start."""
LARGEST_GAP_S = 0.35
USUAL_SD_MM = 8.0
"""Of joints from networks that were not calibrated."""
SIZES = (0.6, 1.5)
"""Of hands beside the mean one; what is smaller or larger is none."""
WORST_RESIDUAL_M = 0.014
"""A model that is farther off the image, by more than half of its noise, is on no hand."""
LONGEST_CUT_M = 0.035
"""Two fingers may leave the picture; where its edge cuts more off, what is outside cannot be told."""
WORSE, WORSE_M = 1.05, 0.0003
"""The model is not shown where its residual is larger than this share of that of the raw joints, and by this much."""


class HandFitter:
    """Fits frame after frame of one track. Used by one thread at a time."""

    def __init__(
        self,
        model: FitModel | None = None,
        weights: Weights | None = None,
        known_shape: NDArray[np.float64] | None = None,
    ) -> None:
        """known_shape: (SHAPE,) of the person whose hands come; None where it is learned from each track."""
        self._model = model or default_model()
        self._body = Body(self._model, weights)
        self._usual_bones_m, self._known = 0.0, known_shape
        self._memory = ShapeMemory()
        self.reset()

    def reset(self) -> None:
        """Forget the hand: another one may come, of the person who is known, if any is."""
        self._memory.reset(is_held=self._known is not None)
        self._body.set_shape(np.zeros(SHAPE) if self._known is None else self._known.copy())
        if not self._usual_bones_m:
            self._body.pose(PoseState(), whole=False)
            self._usual_bones_m = bone_sum(self._body.joints)
        self._last: tuple[PoseState, float, str] | None = None
        self._speed = np.zeros(priors.ANGLES)
        self._rest = 0

    @property
    def held_shape(self) -> NDArray[np.float64] | None:
        """The shape (SHAPE,), once it is known well enough and changes no more."""
        return self._body.shape if self._memory.is_held else None

    def know(self, shape: NDArray[np.float64]) -> None:
        """Take this shape (SHAPE,) for that of all hands which come from now on."""
        self._known = shape.copy()

    @property
    def rest_points(self) -> NDArray[np.float64]:
        """Vertices and joints (V + 21, 3) of the hand at rest in the shape that was learned, in the hand frame."""
        return self._body.rest.points

    @property
    def faces(self) -> NDArray[np.int32]:
        """Triangles (F, 3) of the skin of a right hand."""
        faces: NDArray[np.int32] = self._model.faces
        return faces

    def fit(self, frame: DepthFrame, pose: Pose) -> HandFit | None:
        """The model in one frame, by the pose that was read in it; None where the pose has no hand's joints."""
        start_s = time.perf_counter()
        is_left = pose.hand == "left"
        joints = np.array(pose.joints_cam_m * MIRROR if is_left else pose.joints_cam_m)
        sd_mm = np.full(len(joints), USUAL_SD_MM) if pose.joint_sd_mm is None else np.maximum(pose.joint_sd_mm, 0.5)
        unknown = np.full(priors.ANGLES, UNKNOWN_SD)
        measured = Measured(joints, np.array(sd_mm / 1000, dtype=np.float64), np.zeros(priors.ANGLES), unknown)
        now_s = frame.timestamp_ms / 1000
        started = self._start(measured, now_s, pose.hand)
        if started is None:
            self.reset()
            return None
        state, measured = started
        image = image_around(frame, pose.joints_cam_m, is_left)
        raw_m = fit_m = None
        jumped = NO_ANGLES
        if image is not None:
            begun = state.copy()
            self._body.pose(state, whole=True)
            raw_m = self._body.look(image)
            is_whole = image.cut_m <= LONGEST_CUT_M
            teaches = is_whole and _is_near(raw_m, image) and self._is_sized_like_a_hand(joints)
            self._improve(state, measured, teaches)
        self._body.pose(state, whole=True)
        if image is not None:
            fit_m = self._body.look(image)
            if raw_m is not None and fit_m > raw_m:
                state, fit_m = self._less_far(begun, state, fit_m, image)
            state, fit_m, jumped = self._freed(state, fit_m, measured, image)
        self._remember(state, now_s, pose.hand, jumped)
        verdict = self._judged(joints, image, raw_m, fit_m)
        return self._result(state, is_left, verdict, raw_m, fit_m, 1000 * (time.perf_counter() - start_s))

    def _start(self, measured: Measured, now_s: float, side: str) -> tuple[PoseState, Measured] | None:
        """The pose by the joints alone, from the last frame's or anew, and with what was expected from there."""
        body, joints = self._body, measured.joints
        last = self._last
        if last is not None:
            state, then_s, was_side = last
            since_s = now_s - then_s
            body.pose(state, whole=False)
            gone_m = np.linalg.norm(hand_reference_point(body.joints) - hand_reference_point(joints))
            if was_side == side and 0 < since_s <= LARGEST_GAP_S and gone_m < JUMP_M:
                ahead = state.copy()
                ahead.angles[: priors.ANGLES] += 0.5 * self._speed * since_s
                ahead.place += hand_reference_point(joints) - hand_reference_point(body.joints)
                sd = np.full(priors.ANGLES, self._body.weights.last_sd * max(since_s * 30, 1.0))
                measured = measured._replace(expected=ahead.angles[: priors.ANGLES].copy(), expected_sd=sd)
                body.approach(ahead, measured, RAW_STEPS, with_image=False)
                return ahead, measured
        self._last = None
        guess = first_guess(body, joints)
        if guess is None:
            return None
        body.approach(guess, measured, FIRST_STEPS, with_image=False)
        return guess, measured

    def _improve(self, state: PoseState, measured: Measured, teaches: bool) -> None:
        """Steps on everything that is known; while the shape is learned it goes along in the last one."""
        measured = measured._replace(sd_m=self._body.weights.joint_sd_scale * measured.sd_m)
        learns = teaches and not self._memory.is_held
        self._body.approach(state, measured, STEPS - learns, with_image=True)
        if learns:
            self._body.learn(state, measured, self._memory)

    def _less_far(self, begun: PoseState, state: PoseState, fit_m: float, image: Image) -> tuple[PoseState, float]:
        """The pose half way from where the steps began, where that agrees better with the image, or else `state`."""
        middle = between(begun, state)
        self._body.pose(middle, whole=True)
        middle_m = self._body.look(image)
        if middle_m < fit_m:
            return middle, middle_m
        self._body.pose(state, whole=True)
        return state, fit_m

    def _freed(
        self, state: PoseState, fit_m: float, measured: Measured, image: Image
    ) -> tuple[PoseState, float, NDArray[np.int64]]:
        """The pose with digits begun anew that the last frame holds far from their joints, where that agrees much
        better with the image, or else the one that came; its residual; and which angles jumped.
        """
        body, self._rest = self._body, max(self._rest - 1, 0)
        angles = NO_ANGLES if self._last is None or self._rest else far_off(body.joints, measured)
        if not len(angles):
            return state, fit_m, NO_ANGLES
        anew, measured = started_anew(body, state, measured, angles)
        body.pose(anew, whole=True)
        body.look(image)
        body.approach(anew, measured._replace(sd_m=body.weights.joint_sd_scale * measured.sd_m), STEPS, with_image=True)
        body.pose(anew, whole=True)
        anew_m = body.look(image)
        if anew_m < BETTER * fit_m:
            return anew, anew_m, angles
        self._rest = REST + 1
        body.pose(state, whole=True)
        return state, fit_m, NO_ANGLES

    def _remember(self, state: PoseState, now_s: float, side: str, jumped: NDArray[np.int64]) -> None:
        self._speed = np.zeros(priors.ANGLES)
        if self._last is not None:
            before, then_s, _ = self._last
            if now_s > then_s:
                self._speed = (state.angles - before.angles)[: priors.ANGLES] / (now_s - then_s)
                self._speed[jumped] = 0.0
        self._last = state, now_s, side

    def _is_sized_like_a_hand(self, joints: NDArray[np.float64]) -> bool:
        return SIZES[0] <= bone_sum(joints) / self._usual_bones_m <= SIZES[1]

    def _judged(
        self, joints: NDArray[np.float64], image: Image | None, raw_m: float | None, fit_m: float | None
    ) -> FitVerdict:
        if image is None or raw_m is None or fit_m is None or not self._is_sized_like_a_hand(joints):
            return FitVerdict.NOT_A_HAND
        if image.cut_m > LONGEST_CUT_M:
            return FitVerdict.CUT_OFF
        if not _is_near(fit_m, image):
            return FitVerdict.NOT_A_HAND
        return FitVerdict.SHOWN if fit_m <= max(WORSE * raw_m, raw_m + WORSE_M) else FitVerdict.RAW

    def _result(
        self, state: PoseState, is_left: bool, verdict: FitVerdict, raw_m: float | None, fit_m: float | None, ms: float
    ) -> HandFit:
        body, shape = self._body, self._body.shape
        mirror = MIRROR if is_left else np.ones(3)
        turns = body.posed.r[_JOINT_BONES] * mirror[:, None] * mirror[None, :]
        return HandFit(
            vertices_cam_m=(body.vertices * mirror).astype(np.float32),
            faces=self._model.faces[:, ::-1] if is_left else self._model.faces,
            joints_cam_m=body.joints * mirror,
            angles_rad=state.angles,
            turns=turns,
            shape=HandShape(float(np.exp(shape[SIZE])), phalanges_of(shape), thickness_of(shape), self._memory.is_held),
            verdict=verdict,
            residual_mm=None if fit_m is None else 1000 * fit_m,
            raw_residual_mm=None if raw_m is None else 1000 * raw_m,
            milliseconds=ms,
        )


def _is_near(off_m: float, image: Image) -> bool:
    """Whether a model so far off an image may be that of its hand."""
    return off_m <= WORST_RESIDUAL_M + image.noise_m / 2


def _joint_bones() -> NDArray[np.int64]:
    """The bone that begins at each of the 21 joints; of a tip the last one."""
    bones = [2]
    for digit in (2, 3, 4, 5, 1):
        first = 3 + 3 * (digit - 1)
        bones += [first, first + 1, first + 2, first + 2]
    return np.array(bones)


_JOINT_BONES = _joint_bones()
