"""Labelled training samples, made on the fly: point clouds for the pose networks, crops for the reference network.

Only the window of the image around the hand is rendered and made noisy, which keeps a sample to a few milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR, project, windowed
from models.core.crops import center_of_mass, depth_crop
from models.core.flying import clear_points
from models.core.skeleton import hand_reference_point
from models.core.types import Camera, Cube
from models.core.voxels import crop_window
from models.data.synthetic.cameras import random_sensor
from models.data.synthetic.foreign import foreign_phalanges
from models.data.synthetic.poses import sample_pose
from models.data.synthetic.surroundings import (
    arm_and_body,
    clutter,
    held_object,
    person,
    random_rotation,
    sleeve,
    upper_arm,
    watch,
)
from models.data.synthetic.variety import TRAINING, Variety, draw_angles, draw_view
from models.rendering.meshes import Mesh
from models.rendering.rig import default_rig
from models.rendering.scene import PlacedHand, place_hand, render
from models.rendering.sensor import STEREO, STRUCTURED_LIGHT, TIME_OF_FLIGHT, Sensor, quantized, sense

POSE_CUBE_M = 0.25
"""Edge of the pose networks' cube: holds wrist and tips of a 21 cm hand around its reference point."""
CLOUD_MARGIN = 1.4
"""Clouds reach this much beyond the cube, for turning, scaling and shifting them later."""
DEPTH_UNITS = 0.0001
"""Metres per raw unit of the rendered windows: the finest of the real cameras, D405 and others."""
REFERENCE_CROP_M = 0.30
REFERENCE_CROP_RESOLUTION = 48
PRESENCE_RADIUS_M = 0.10
"""A crop shows its hand when the reference point lies this near to the crop's centre ..."""
ABSENCE_RADIUS_M = 0.14
"""... and shows none beyond this; between the two no sample is made."""


@dataclass(frozen=True, slots=True)
class CameraModel:
    """A depth stream of a camera that can be bought: size and focal length in pixels, errors, metres a raw unit."""

    name: str
    width: int
    height: int
    focal: float
    sensor: Sensor
    depth_units: float

    def camera(self, rng: np.random.Generator) -> Camera:
        """One piece of it: focal length and principal point a little off."""
        focal = self.focal * rng.uniform(0.92, 1.08)
        ppx, ppy = (np.array([self.width, self.height]) - 1) / 2 + rng.normal(0, 0.01, 2) * self.width
        return Camera(self.width, self.height, focal, focal * rng.uniform(0.99, 1.01), ppx, ppy)


CAMERA_MODELS = (
    CameraModel("D4xx 424x240", 424, 240, 212, STEREO, 0.001),
    CameraModel("D4xx 640x480", 640, 480, 385, STEREO, 0.001),
    CameraModel("D4xx 848x480", 848, 480, 424, STEREO, 0.001),
    CameraModel("SR305", 640, 480, 476, STRUCTURED_LIGHT, 0.000125),
    CameraModel("Kinect v2", 512, 424, 364, TIME_OF_FLIGHT, 0.001),
    CameraModel("Senz3D", 320, 240, 225, TIME_OF_FLIGHT, 0.001),
    CameraModel("L515 640x480", 640, 480, 460, TIME_OF_FLIGHT, 0.00025),
    CameraModel("L515 1024x768", 1024, 768, 730, TIME_OF_FLIGHT, 0.00025),
    CameraModel("Kinect", 640, 480, 588, STRUCTURED_LIGHT, 0.001),
    CameraModel("SR300 320x240", 320, 240, 241, STRUCTURED_LIGHT, 0.000125),
)
_PIXELS_PER_METRE = (280.0, 1050.0)
"""Range of focal length over distance: a hand 50 to 200 pixels long."""
_SPAN_M = (0.22, 1.1)
_THICKNESS = (0.95, 1.3)
"""Of fingers, relative to the mesh, whose fingers are slender: people's differ, and cameras smear silhouettes. On real
time-of-flight images (CVAR) fingers are 10 to 20 % wider than rendered ones of as long a hand."""
_THUMB_THICKNESS = (0.95, 1.2)
"""Of the thumb on top of that; on the same images thumbs are up to 40 % wider than rendered ones."""


@dataclass(frozen=True, slots=True)
class PoseSample:
    """points_cam_m: (N, 3) float32, the measured points around a right hand. joints_cam_m: (21, 3) float64.

    reference_cam_m: (3,) float64, off the true reference point as a tracker's would be. Camera frame, metres.
    """

    points_cam_m: NDArray[np.float32]
    joints_cam_m: NDArray[np.float64]
    reference_cam_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReferenceSample:
    """crop: (1, S, S) float32, see models/core/crops.py. presence: whether it shows a hand, of either side.

    points: (22, 3) float32 from the crop's centre to the hand's reference point and its joints, in fractions of the
    crop's size; they mean something only where presence is true.
    """

    crop: NDArray[np.float32]
    points: NDArray[np.float32]
    presence: bool

    def mirrored(self) -> ReferenceSample:
        """The same crop as a mirror beside the camera shows it: the hand is of the other side."""
        crop = np.ascontiguousarray(self.crop[:, :, ::-1])
        return ReferenceSample(crop, self.points * MIRROR.astype(np.float32), self.presence)

    def turned(self, quarters: int) -> ReferenceSample:
        """The same crop from a camera turned about its optical axis by so many quarter turns."""
        cos, sin = ((1, 0), (0, -1), (-1, 0), (0, 1))[quarters % 4]
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], dtype=np.float32)
        crop = np.ascontiguousarray(np.rot90(self.crop, quarters, axes=(1, 2)))
        return ReferenceSample(crop, self.points @ turn.T, self.presence)


def random_camera(rng: np.random.Generator) -> Camera:
    """One of the depth streams the program may meet, its focal length and principal point a little off."""
    return CAMERA_MODELS[rng.integers(len(CAMERA_MODELS))].camera(rng)


def random_place(camera: Camera, rng: np.random.Generator, cut: float = 1 / 6) -> NDArray[np.float64]:
    """A point (3,) in view for a hand's reference point; in a share `cut` so near the border that the hand is cut."""
    nearest = max(_SPAN_M[0], camera.fx / _PIXELS_PER_METRE[1])
    farthest = max(min(_SPAN_M[1], camera.fx / _PIXELS_PER_METRE[0]), nearest * 1.1)
    z = np.exp(rng.uniform(np.log(nearest), np.log(farthest)))
    size = np.array([camera.width, camera.height], dtype=float)
    margin = np.minimum(0.02 if rng.random() < cut else 0.11 * camera.fx / z, size * 0.45)
    u, v = rng.uniform(margin, size - margin)
    return np.array([(u - camera.ppx) * z / camera.fx, (v - camera.ppy) * z / camera.fy, z])


_CROPS_A_SCENE = 4
_USES_A_CROP = 2
_POOL_SAMPLES = 512
_CUT = 0.25
_SWOLLEN, _SWOLLEN_M = 0.35, 0.004
_FOREARM = (0.95, 1.35)
"""Thickness of wrist and forearm: a real wrist measured 62 mm across where the rig's has 47."""
_BARE = 0.2
"""Share of hands with nothing around them but their arm, and nothing measured behind."""
_HOLDS = 0.1
_HOLDS_IN_CROPS = 0.25
"""Shares of hands that hold something, in volumes and in crops. More in crops, because a third of the frames in which
the reference point ended far off had a hand around an object (docs/experiments.md)."""


class SyntheticSampler:
    """Endless samples from one seed, or with the random numbers of a generator. Not for sharing between threads.

    Samplers of different seeds are independent. `variety` says what is drawn; the default is what training has.
    """

    def __init__(self, seed: int | np.random.Generator, variety: Variety = TRAINING) -> None:
        self._rng = np.random.default_rng(seed)
        self._variety = variety
        self._rig = default_rig()
        self._pool: list[ReferenceSample] = []

    def random_hand(self, reference_cam_m: NDArray, rotation: NDArray | None = None) -> PlacedHand:
        """A right hand of a random person in a random pose, its reference point at the place (3,) given."""
        rng = self._rng
        length = float(np.clip(rng.normal(0.182, 0.014), 0.145, 0.212))
        shape = rng.normal(0, 0.9, self._rig.components)
        phalanges = foreign_phalanges(rng) if self._variety.foreign else None
        forearm = rng.uniform(*_FOREARM) if self._variety.held else 1.0
        hand = self._rig.hand(shape, length, self._thickness(), phalanges, forearm)
        posed = sample_pose(hand, length, rng, lambda rng: draw_angles(self._variety, rng))
        rotation = draw_view(self._variety, rng) if rotation is None else rotation
        placed = place_hand(posed, rotation, reference_cam_m)
        if self._variety.held and rng.random() < _SWOLLEN:
            placed = replace(placed, mesh=placed.mesh.swollen(_SWOLLEN_M * rng.random()))
        return placed

    def _thickness(self) -> NDArray[np.float64]:
        """Of the five digits, thumb first."""
        thickness = np.ones(5)
        if self._variety.stretched:
            thickness *= self._rng.uniform(*_THICKNESS)
            thickness[0] *= self._rng.uniform(*_THUMB_THICKNESS)
        return thickness

    def surroundings(self, hand: PlacedHand, holds: float = _HOLDS) -> list[Mesh]:
        """The rest of the arm, at random the body, clutter and a second hand, and in a share `holds` a thing held."""
        rng, stretched = self._rng, self._variety.stretched
        reference = hand_reference_point(hand.joints_cam_m)
        meshes: list[Mesh] = []
        if rng.random() < 0.5:
            meshes += arm_and_body(hand, rng, tight=stretched)
        else:
            meshes.append(upper_arm(hand, rng))
            if rng.random() < 0.5:
                meshes.append(sleeve(hand.joints_cam_m[0], hand.elbow_cam_m, rng, tight=stretched))
        if stretched and rng.random() < 0.08:
            meshes.append(watch(hand, rng))
        if rng.random() < 0.5:
            meshes += clutter(reference, rng)
        if rng.random() < holds:
            meshes.append(held_object(hand, rng))
        if rng.random() < 0.08:
            aside = rng.normal(size=3) * [1, 1, 0.4]
            other = self.random_hand(
                reference + aside / np.linalg.norm(aside) * rng.uniform(0.13, 0.3), random_rotation(rng)
            )
            meshes.append(other.mesh)
        return meshes

    def measured_depth(
        self,
        hand: Mesh | None,
        others: list[Mesh],
        camera: Camera,
        window: tuple[slice, slice],
        seen: bool = True,
        bare: bool = False,
    ) -> NDArray[np.uint16] | None:
        """Measured depth (h, w) of the window in `DEPTH_UNITS`, 0 where nothing is.

        None where the hand must be `seen` and others hide much of it. `bare`: nothing is measured behind them.
        """
        rng = self._rng
        alone = render([hand] if hand else [], camera, window)
        backdrop = rng.uniform(1.0, 4.0) if not bare and rng.random() < 0.6 else None
        depth = render(others, camera, window, backdrop, alone.copy())
        if seen and visible_share(alone, depth) <= 0.6:
            return None
        sensor = random_sensor(rng, smear=self._variety.stretched, spray=self._variety.held)
        return quantized(sense(depth, camera.fx, sensor, rng), DEPTH_UNITS)

    def pose_sample(self) -> PoseSample:
        """The cloud around one right hand, what stands near it included."""
        rng = self._rng
        while True:
            camera = random_camera(rng)
            held = self._variety.held
            hand = self.random_hand(random_place(camera, rng, _CUT) if held else random_place(camera, rng))
            if share_in_view(hand, camera) < 0.6:
                continue
            truth = hand_reference_point(hand.joints_cam_m)
            spread = 0.012 if rng.random() < 0.8 else 0.025
            reference = truth + np.clip(rng.normal(0, spread, 3), -0.05, 0.05)
            cloud_cube = Cube(reference, POSE_CUBE_M * CLOUD_MARGIN)
            window = crop_window(camera, cloud_cube)
            bare = held and rng.random() < _BARE
            others = [upper_arm(hand, rng)] if bare else self.surroundings(hand)
            depth = self.measured_depth(hand.mesh, others, camera, window, bare=bare)
            if depth is None:
                continue
            points = clear_points(depth, DEPTH_UNITS, windowed(camera, window), cloud_cube)
            if len(points) >= 200:
                return PoseSample(points, hand.joints_cam_m, reference)

    def reference_sample(self) -> ReferenceSample:
        """A crop around a guess: near a hand of either side, or on something that is no hand.

        Scenes are dear and crops are cheap: each scene gives several crops, each crop is used again turned and
        mirrored, and all come out shuffled with those of other scenes.
        """
        rng = self._rng
        while len(self._pool) < _POOL_SAMPLES:
            self._pool += _USES_A_CROP * self._crops_of_one_scene()
        place = rng.integers(len(self._pool))
        self._pool[place], self._pool[-1] = self._pool[-1], self._pool[place]
        sample = self._pool.pop().turned(int(rng.integers(4)) if rng.random() < 0.5 else 0)
        return sample if rng.random() < 0.5 else sample.mirrored()

    def _crops_of_one_scene(self) -> list[ReferenceSample]:
        """Up to `_CROPS_A_SCENE` samples around a right hand, or around a point that is no hand; none now and then."""
        rng = self._rng
        camera = random_camera(rng)
        hand = self.random_hand(random_place(camera, rng))
        truth = hand_reference_point(hand.joints_cam_m)
        presence = rng.random() < 0.65
        shown = presence or rng.random() < 0.4
        if shown or rng.random() < 0.3:
            others = self.surroundings(hand, _HOLDS_IN_CROPS)
        else:
            others = person(truth * rng.uniform(1.0, 1.8), rng)
        focus = truth if presence else self._elsewhere(others if not shown else [*others, hand.mesh])
        if share_in_view(hand, camera) < 0.5 or not _in_view(focus, camera):
            return []
        window = crop_window(camera, Cube(focus, REFERENCE_CROP_M + 2 * PRESENCE_RADIUS_M))
        depth = self.measured_depth(hand.mesh if shown else None, others, camera, window, seen=presence)
        if depth is None:
            return []
        view = windowed(camera, window)
        # A detector starts at what is measured, not around the truth: among other things that pulls it towards them.
        mass = center_of_mass(depth, DEPTH_UNITS, view, Cube(truth, POSE_CUBE_M)) if presence else None
        samples = []
        for _ in range(_CROPS_A_SCENE):
            start = focus if mass is None or rng.random() < 0.6 else mass
            center = start + rng.normal(0, rng.choice([0.015, 0.03, 0.045]), 3)
            distance = np.linalg.norm(center - truth)
            shows = presence and distance < PRESENCE_RADIUS_M
            if not (shows or not shown or distance > ABSENCE_RADIUS_M) or not _in_view(center, camera):
                continue
            crop = depth_crop(depth, DEPTH_UNITS, view, center, REFERENCE_CROP_M, REFERENCE_CROP_RESOLUTION)
            if (crop < 1).mean() < 0.005:
                continue
            points = (np.vstack([truth, hand.joints_cam_m]) - center) / REFERENCE_CROP_M
            samples.append(ReferenceSample(crop, (points if shows else 0 * points).astype(np.float32), bool(shows)))
        return samples

    def _elsewhere(self, meshes: list[Mesh]) -> NDArray[np.float64]:
        """A point on or near one of the meshes, as a detector might propose it."""
        rng = self._rng
        mesh = meshes[rng.integers(len(meshes))]
        return mesh.vertices[rng.integers(len(mesh.vertices))] + rng.normal(0, 0.03, 3)


def _in_view(point_cam_m: NDArray, camera: Camera) -> bool:
    if point_cam_m[2] < 0.15:
        return False
    u, v = project(point_cam_m, camera)
    return 0 <= u < camera.width and 0 <= v < camera.height


def visible_share(alone: NDArray, together: NDArray) -> float:
    """Share of the pixels of a hand's own perfect depth image that other things leave uncovered."""
    shown = np.isfinite(alone)
    return float((together[shown] == alone[shown]).sum() / max(shown.sum(), 1))


def share_in_view(hand: PlacedHand, camera: Camera) -> float:
    """Share of the hand's joints that the image covers."""
    uv = project(hand.joints_cam_m, camera)
    inside = (uv >= 0) & (uv < [camera.width, camera.height])
    return float((inside.all(axis=1) & (hand.joints_cam_m[:, 2] > 0.12)).mean())
