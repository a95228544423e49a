"""A test set of hands seen from behind, in recipes that each show one cause of errors by itself.

Real films show hands that point away from the camera. Each recipe changes one thing of the one before it: the bent
wrist, more flesh, a steeper view, a fist, a background that measures nothing; four more are of real frames that failed.
Frame i is a function of the seed and i alone; frames 2k and 2k + 1 show the same hand, right and then left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR
from models.core.types import Camera, DepthFrame
from models.data.record import LabelledFrame
from models.data.synthetic.cameras import varied
from models.data.synthetic.poses import interpenetrates
from models.data.synthetic.samples import CAMERA_MODELS, CameraModel, share_in_view, visible_share
from models.data.synthetic.surroundings import sleeve, upper_arm
from models.rendering.gestures import GESTURES
from models.rendering.limits import DIP, FLEX, PIP, THUMB, WRIST, clipped
from models.rendering.meshes import Mesh
from models.rendering.rig import ANGLES, Hand, PosedHand, default_rig
from models.rendering.scene import TO_CAMERA, PlacedHand, euler, place_hand, render
from models.rendering.sensor import TIME_OF_FLIGHT, Sensor, quantized, sense

BEHIND_SEED = 20_220_619
FRAMES_A_RECIPE = 100
CONTROL = "control"
"""The recipe with fingers towards the camera, which is reported beside the ten and does not count in their mean."""

Gesture = Literal["point", "fist", "half-open", "thumb up", "open"]
_SENZ3D = CameraModel("320x240", 320, 240, 227, TIME_OF_FLIGHT, 0.001)
_SPRAY = replace(TIME_OF_FLIGHT, flying=0.8, flying_reach_m=0.04, flying_px=2)
"""One flying pixel to each of a silhouette, half of them farther than 28 mm behind it, as counted on real images."""
_THUMBS_DEG = {
    "over": (-8, -44, -5, 30, 42),
    "tucked": (25, -30, 15, 35, 35),
    "along": (35, 10, -10, 10, 5),
    "up": (-22, 6, 5, -5, -12),
}


def _camera_model(name: str) -> CameraModel:
    return next(model for model in CAMERA_MODELS if model.name == name)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the hundred frames of a recipe are made; angles are (mean, standard deviation) in degrees.

    yaw: 180 shows the back, 90 the thumb's side. pitch: negative for fingers that point away from the camera. roll:
    about the optical axis. wrist: flexion and deviation. swollen_m: flesh added all around. backdrop: a wall behind
    the hand; without one nothing is measured there. low: the hand lies at the lower border, which cuts the forearm.
    """

    meaning: str
    yaw: tuple[float, float] = (150, 15)
    pitch: tuple[float, float] = (-35, 12)
    roll: tuple[float, float] = (8, 15)
    wrist: tuple[float, float] = (-30, -20)
    gesture: Gesture = "point"
    swollen_m: float = 0.0
    model: CameraModel = _SENZ3D
    sensor: Sensor = TIME_OF_FLIGHT
    distance_m: float = 0.38
    backdrop: bool = True
    sleeve: bool = False
    low: bool = False


RECIPES = {
    CONTROL: Recipe("points towards the camera", yaw=(180, 60), pitch=(28, 12), wrist=(-25, -18)),
    "A": Recipe("points away, straight wrist", wrist=(0, 0)),
    "B": Recipe("A with the wrist bent back"),
    "C": Recipe("B swollen by 4 mm", swollen_m=0.004),
    "D": Recipe("B steeper", pitch=(-55, 8)),
    "E": Recipe("a fist in B's view", gesture="fist"),
    "F": Recipe("B, nothing measured behind, flying pixels as counted", sensor=_SPRAY, backdrop=False),
    "G": Recipe("a fist with the thumb up, edge-on", yaw=(90, 15), pitch=(-15, 15), gesture="thumb up"),
    "H": Recipe(
        "an open hand that turns, far away", yaw=(110, 30), pitch=(-20, 15), wrist=(0, 0), gesture="open",
        model=_camera_model("Kinect v2"), distance_m=0.95,
    ),
    "I": Recipe("half-open at the lower border", gesture="half-open", sensor=_SPRAY, low=True),
    "J": Recipe(
        "half-open with a sleeve before a stereo camera", gesture="half-open", sleeve=True,
        model=_camera_model("D4xx 424x240"), sensor=_camera_model("D4xx 424x240").sensor, distance_m=0.45,
    ),
}  # fmt: skip
"""In their order: the control, then the ten that count."""


def behind_frame(index: int, seed: int = BEHIND_SEED) -> LabelledFrame:
    """Frame `index` (0 and up); a hundred of each recipe in turn, the recipe's name is the frame's group."""
    scene, left = divmod(index, 2)
    name = list(RECIPES)[index // FRAMES_A_RECIPE]
    recipe = RECIPES[name]
    rng = np.random.default_rng([seed, scene])
    while True:
        camera = recipe.model.camera(rng)
        hand = _hand(recipe, camera, rng)
        arm = [upper_arm(hand, rng)]
        if recipe.sleeve:
            arm.append(sleeve(hand.joints_cam_m[0], hand.elbow_cam_m, rng, tight=True))
        alone = render([hand.mesh], camera)
        shown = visible_share(alone, render(arm, camera, depth=alone.copy()))
        if share_in_view(hand, camera) > 0.85 and shown > 0.8:
            break
    meshes = [hand.mesh, *arm]
    backdrop = recipe.distance_m + rng.uniform(0.4, 2.0) if recipe.backdrop else None
    joints = hand.joints_cam_m
    if left:
        meshes = [Mesh(mesh.vertices * MIRROR, mesh.triangles) for mesh in meshes]
        joints = joints * MIRROR
    rng = np.random.default_rng([seed, scene, left])
    depth = sense(render(meshes, camera, backdrop_m=backdrop), camera.fx, varied(recipe.sensor, rng), rng)
    frame = DepthFrame(
        quantized(depth, recipe.model.depth_units), recipe.model.depth_units, camera, index, 1000 * index / 30, 0.0
    )
    return LabelledFrame(frame, joints, "left" if left else "right", name)


def behind_frames(count: int | None = None, seed: int = BEHIND_SEED) -> Iterator[LabelledFrame]:
    """All frames of all recipes, or of each recipe the first `count`."""
    wanted = FRAMES_A_RECIPE if count is None else min(count, FRAMES_A_RECIPE)
    for recipe in range(len(RECIPES)):
        for index in range(wanted):
            yield behind_frame(recipe * FRAMES_A_RECIPE + index, seed)


def _hand(recipe: Recipe, camera: Camera, rng: np.random.Generator) -> PlacedHand:
    rig = default_rig()
    length = float(np.clip(rng.normal(0.182, 0.014), 0.145, 0.212))
    hand = rig.hand(rng.normal(0, 0.9, rig.components), length, rng.uniform(0.95, 1.25))
    posed = _posed(hand, length, recipe, rng)
    yaw, pitch, roll = (
        np.radians(rng.normal(mean, deviation)) for mean, deviation in (recipe.yaw, recipe.pitch, recipe.roll)
    )
    rotation = euler(pitch, 0, roll) @ euler(0, yaw, 0) @ TO_CAMERA
    z = recipe.distance_m * rng.uniform(0.95, 1.05)
    v = camera.height - 0.06 * camera.fy / z if recipe.low else camera.ppy
    reference = np.array([rng.uniform(-0.05, 0.05), (v - camera.ppy) * z / camera.fy + rng.uniform(-0.02, 0.02), z])
    placed = place_hand(posed, rotation, reference)
    return replace(placed, mesh=placed.mesh.swollen(recipe.swollen_m)) if recipe.swollen_m else placed


def _posed(hand: Hand, length_m: float, recipe: Recipe, rng: np.random.Generator) -> PosedHand:
    for _ in range(20):
        angles = _angles(recipe.gesture, rng)
        angles[WRIST] = np.radians([*rng.normal(recipe.wrist, 5), rng.normal(0, 15)])
        posed = hand.pose(clipped(angles))
        if not interpenetrates(posed.joints_hand_m, length_m):
            break
    return posed


def _angles(gesture: Gesture, rng: np.random.Generator) -> NDArray[np.float64]:
    """Angles (24,) of a gesture, radians, each a little off; curled fingers are nine tenths of a fist's."""
    curled = np.array([[*FLEX], [*PIP], [*DIP]])
    angles = GESTURES["fist"].copy()
    angles[curled] *= {"half-open": rng.uniform(0.3, 0.7)}.get(gesture, 0.9)
    if gesture == "open":
        angles = GESTURES["five"].copy()
    elif gesture == "thumb up":
        angles[THUMB] = np.radians(_THUMBS_DEG[rng.choice(["up", "along"])])
    else:
        angles[THUMB] = np.radians(_THUMBS_DEG[rng.choice(["over", "tucked", "along"])])
    if gesture == "point":
        angles[curled[:, 0]] = GESTURES["point"][curled[:, 0]]
    return angles + rng.normal(0, np.radians(4), len(ANGLES))
