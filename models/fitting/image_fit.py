"""The hand rig fitted to one depth image: analysis by synthesis from a given start.

A pose is 31 parameters: 24 joint angles, rotation, place and size of a hand of mean shape.

1. The rig is brought as near to given joints as it goes (least squares).
2. From there it is fitted to the image by CMA-ES (Hansen, "The CMA evolution strategy: a tutorial", 2016). The measure
   is that of tracking by fitting: clamped depth differences, silhouettes included (Oikonomidis et al., "Efficient
   model-based 3D tracking of hand articulations using Kinect", BMVC 2011).
"""

from __future__ import annotations

import cma
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from models.core.camera import MIRROR, windowed
from models.core.flying import without_flying_pixels
from models.core.skeleton import HAND, hand_reference_point, palm_axes
from models.core.types import Camera, Cube
from models.core.voxels import crop_window
from models.data.record import LabelledFrame
from models.rendering.gestures import GESTURES
from models.rendering.limits import FULL, clipped
from models.rendering.rig import ANGLES, REFERENCE_LENGTH_M, default_rig
from models.rendering.scene import PlacedHand, place_hand, render

CLAMP_M = 0.03
"""A pixel counts no more than this, and a pixel that only one of image and rendering has counts as much."""
RADIUS_M = 0.15
"""Only what lies so near to the reference point counts: of the forearm the image may show anything."""
THICKNESS = np.array([1.21, 1.125, 1.125, 1.125, 1.125])
"""Of thumb and fingers, the middle of what networks learn from."""
STAY = 0.04
"""Cost of moving joints by a mean millimetre from the start, in millimetres of image: hidden joints stay there."""
GENERATIONS, POPULATION = 160, 18
_PIXEL_M = 0.003
"""Images finer than this at the hand's depth are thinned out."""
_PLACE = slice(len(ANGLES) + 3, len(ANGLES) + 6)
_TURN = slice(len(ANGLES), len(ANGLES) + 3)
_STEPS = np.concatenate([np.full(len(ANGLES), 0.12), np.full(3, 0.12), np.full(3, 0.008), [0.02]])
"""What the parameters may be off by at first: radians, radians, metres, and the logarithm of the size."""
UNSURE = {"wrist": 0.2, "thumb_cmc": 0.4}
"""Weights of joints that real data sets define otherwise than the rig."""


class FittedHand:
    """Parameters (31,) to a hand in the camera frame; left hands are the mirror images of right ones."""

    def __init__(self, left: bool = False) -> None:
        rig = default_rig()
        self._hand = rig.hand(np.zeros(rig.components), REFERENCE_LENGTH_M, THICKNESS)
        self._left = left

    def placed(self, parameters: NDArray) -> PlacedHand:
        """The hand of these parameters; angles beyond the limits are clipped."""
        posed = self._hand.pose(clipped(parameters[: len(ANGLES)]))
        turn = np.exp(parameters[-1]) * Rotation.from_rotvec(parameters[_TURN]).as_matrix()
        placed = place_hand(posed, turn, parameters[_PLACE])
        return placed.mirrored() if self._left else placed

    def nearest(self, joints_cam_m: NDArray) -> NDArray[np.float64]:
        """The parameters whose joints come nearest to those given (21, 3), metres, camera frame."""
        wanted = joints_cam_m * MIRROR if self._left else joints_cam_m
        rest = self._hand.pose(np.zeros(len(ANGLES))).joints_hand_m
        start = np.zeros(len(_STEPS))
        start[: len(ANGLES)] = GESTURES["relaxed"]
        start[_TURN] = Rotation.from_matrix(palm_axes(wanted).T @ palm_axes(rest)).as_rotvec()
        start[_PLACE] = hand_reference_point(wanted)
        weights = np.array([UNSURE.get(name, 1.0) for name in HAND.joints])[:, None]
        scale = 2.5 * _STEPS

        def residuals(moves: NDArray) -> NDArray:
            gaps_mm = 1000 * (self.placed(start + moves * scale).joints_cam_m - joints_cam_m)
            return np.concatenate([(weights * gaps_mm).ravel(), 0.5 * moves])

        found = start + scale * least_squares(residuals, np.zeros(len(start)), max_nfev=60).x
        found[: len(ANGLES)] = np.clip(found[: len(ANGLES)], *FULL)
        return found


class ImageFit:
    """What one frame shows around its hand, and how well a hand's mesh explains it."""

    def __init__(self, labelled: LabelledFrame) -> None:
        """Raises ValueError where the frame has no labelled hand, or its hand is out of view."""
        frame, joints = labelled.frame, labelled.joints_cam_m
        if joints is None:
            raise ValueError(f"{labelled.name}: has no labelled hand")
        self._center = hand_reference_point(joints)
        pixel_m = self._center[2] / frame.camera.fx
        raw = without_flying_pixels(frame.raw, frame.depth_units, pixel_m)
        window = crop_window(frame.camera, Cube(self._center, 2 * RADIUS_M))
        step = max(round(_PIXEL_M / pixel_m), 1)
        self._seen = raw[window][::step, ::step].astype(np.float32) * np.float32(frame.depth_units)
        if not self._seen.size:
            raise ValueError(f"{labelled.name}: the labelled hand is out of view")
        near = windowed(frame.camera, window)
        height, width = self._seen.shape
        camera = Camera(width, height, near.fx / step, near.fy / step, near.ppx / step, near.ppy / step)
        u, v = np.meshgrid(np.arange(width), np.arange(height))
        self._rays = np.stack([(u - camera.ppx) / camera.fx, (v - camera.ppy) / camera.fy, np.ones(u.shape)])
        self._camera = camera
        self._shown = self._is_near(self._seen)

    def _is_near(self, depth_m: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Where a depth image (H, W), 0 for nothing, shows a point near the reference point."""
        offsets = self._rays * depth_m - self._center[:, None, None]
        return (depth_m > 0) & ((offsets**2).sum(axis=0) < RADIUS_M**2)

    def residual_mm(self, hand: PlacedHand) -> float:
        """Mean clamped difference in z of a pixel that image or rendering show near the hand.

        A pixel without a measurement counts as background; one that shows something before the hand does not count.
        """
        rendered = render([hand.mesh], self._camera)
        rendered[np.isinf(rendered)] = 0
        is_hidden = ~self._shown & (self._seen > 0) & (self._seen < rendered)
        drawn = self._is_near(rendered) & ~is_hidden
        gaps_m = np.minimum(np.abs(rendered - self._seen), CLAMP_M)
        gaps_m[drawn != self._shown] = CLAMP_M
        return 1000 * float(gaps_m[drawn | self._shown].mean())

    def fitted(self, model: FittedHand, start: NDArray, generations: int = GENERATIONS) -> NDArray[np.float64]:
        """Parameters that explain the image better than those of `start`, or these; the same ones each time."""
        stay = model.placed(start).joints_cam_m

        def cost(moves: NDArray) -> float:
            parameters = start + moves * _STEPS
            hand = model.placed(parameters)
            away_mm = 1000 * np.linalg.norm(hand.joints_cam_m - stay, axis=1).mean()
            angles = parameters[: len(ANGLES)]
            beyond = np.maximum(np.maximum(FULL[0] - angles, angles - FULL[1]), 0)
            return self.residual_mm(hand) + STAY * away_mm + 100 * float((beyond**2).sum())

        options = {"popsize": POPULATION, "maxiter": generations, "verbose": -9, "seed": 1}
        search = cma.CMAEvolutionStrategy(np.zeros(len(start)), 0.4, options)
        search.optimize(cost)
        best = search.result
        return start + best.xbest * _STEPS if best.fbest < cost(np.zeros(len(start))) else start
