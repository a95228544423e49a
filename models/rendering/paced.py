"""Films of a hand that is still, or moves to and fro at a known speed: for what filters cost and gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.types import Camera
from models.rendering.gestures import GESTURES
from models.rendering.movie import DISTANCE_M, HandMovie
from models.rendering.rig import ANGLE
from models.rendering.scene import TO_CAMERA, PlacedHand, euler, place_hand

STRAIGHT_S, TURN_S = 0.26, 0.1
"""A hand that goes to and fro keeps its speed for the first, and turns round evenly within the second."""
BEND = np.radians(35.0)
"""By so much, each way, the fingers of a bending hand go from their gesture."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the hand does: a gesture of models.rendering.gestures, held at a place.

    speed_m_s, direction: to and fro along a unit vector (3,) of the camera frame. bends_hz: how often a second the
    fingers bend and stretch; 0: they are still.
    """

    gesture: str = "open"
    speed_m_s: float = 0.0
    direction: tuple[float, float, float] = (1.0, 0.0, 0.0)
    bends_hz: float = 0.0


class PacedMovie(HandMovie):
    """The person and the camera of a HandMovie; the hand does what it is told."""

    def __init__(self, camera: Camera, pace: Pace, fps: float = 30.0, seed: int = 0) -> None:
        super().__init__(camera, fps, seed)
        self._pace = pace
        self._turn = euler(*np.radians([10, 20, 14]) * self._sway(0.0, 0)) @ TO_CAMERA

    def velocity_m_s(self, index: int) -> NDArray[np.float64]:
        """How fast the hand as a whole moves in a frame (3,)."""
        return speed_at(index / self.fps, self._pace.speed_m_s) * np.array(self._pace.direction)

    def _placed(self, time_s: float) -> PlacedHand:
        pace = self._pace
        angles = GESTURES[pace.gesture].copy()
        bend = BEND * (1 - np.cos(2 * np.pi * pace.bends_hz * time_s)) / 2
        for name, index in ANGLE.items():
            if name.endswith(("_mcp_flex", "_pip", "_dip")):
                angles[index] += bend
        middle_m = pace.speed_m_s * STRAIGHT_S / 2
        along_m = place_at(time_s, pace.speed_m_s) - middle_m
        place = np.array([-0.02, 0.02, DISTANCE_M]) + along_m * np.array(pace.direction)
        return place_hand(self._person.pose(angles), self._turn, place)


def speed_at(time_s: float, speed_m_s: float) -> float:
    """Speed of a hand that goes to and fro: first straight on, then evenly to the same speed backwards, and so on."""
    half, into = divmod(time_s, STRAIGHT_S + TURN_S)
    sign = 1 if half % 2 == 0 else -1
    return sign * speed_m_s * (1 - 2 * max(into - STRAIGHT_S, 0.0) / TURN_S)


def place_at(time_s: float, speed_m_s: float) -> float:
    """How far such a hand is from its start, metres."""
    half, into = divmod(time_s, STRAIGHT_S + TURN_S)
    turning = max(into - STRAIGHT_S, 0.0)
    along = speed_m_s * (min(into, STRAIGHT_S) + turning - turning**2 / TURN_S)
    return along if half % 2 == 0 else speed_m_s * STRAIGHT_S - along
