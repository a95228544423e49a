"""What a film of the simulated camera can be told: its motion, the camera's errors, how far, and what lies about."""

from __future__ import annotations

from dataclasses import dataclass

from models.rendering.gestures import GESTURES

IN_TURN, AT_RANDOM = "gestures", "random"
MOTIONS = (IN_TURN, AT_RANDOM, *GESTURES)
"""One gesture after another, random poses one after another, or a single gesture held."""
ERRORS = ("stereo", "structured-light", "time-of-flight", "none")
"""Kinds of cameras by whose errors the film has; "none": perfect depth."""
NEAREST_M, FARTHEST_M = 0.2, 1.5


@dataclass(frozen=True, slots=True)
class Stage:
    """motion: one of MOTIONS. errors: one of ERRORS. distance_m: of the hand, about; None for the film's own.

    clutter: a table with things on it, and a wall.
    """

    motion: str = IN_TURN
    errors: str = "stereo"
    distance_m: float | None = None
    clutter: bool = False

    def __post_init__(self) -> None:
        if self.motion not in MOTIONS:
            raise ValueError(f"motion: expected one of {', '.join(MOTIONS)}, got {self.motion!r}")
        if self.errors not in ERRORS:
            raise ValueError(f"errors: expected one of {', '.join(ERRORS)}, got {self.errors!r}")
        if self.distance_m is not None and not NEAREST_M <= self.distance_m <= FARTHEST_M:
            raise ValueError(f"distance: expected {NEAREST_M:g} to {FARTHEST_M:g} m, got {self.distance_m:g}")
