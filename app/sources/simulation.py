"""The words behind "simulate:": what the simulated camera shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.errors import SourceError
from models.rendering.stage import Stage

PREFIX = "simulate"
POSES_KEPT = 20_000
"""Frames whose poses are kept, the newest ones."""
SHOWN = ("right", "left", "both")
EXPECTED = "hand=right|left|both, motion=…, errors=…, distance=METRES, clutter, color, fps=N, with commas between"


@dataclass(frozen=True, slots=True)
class Simulation:
    """hand: which hands are in view, one of SHOWN; both move as they do, but a motion that is held or random.

    color: there is a colour camera, too. fps: frames a second, up to 300.
    """

    hand: str = "right"
    stage: Stage = Stage()
    color: bool = False
    fps: float = 30.0

    def __post_init__(self) -> None:
        if self.hand not in SHOWN:
            raise ValueError(f"hand: expected one of {', '.join(SHOWN)}, got {self.hand!r}")
        if not 1 <= self.fps <= 300:
            raise ValueError(f"fps: expected 1 to 300, got {self.fps:g}")

    @property
    def spec(self) -> str:
        """The source's name that `parse_simulation` makes this of."""
        stage, plain = self.stage, Stage()
        words = [f"hand={self.hand}"] if self.hand != "right" else []
        words += [f"motion={stage.motion}"] if stage.motion != plain.motion else []
        words += [f"errors={stage.errors}"] if stage.errors != plain.errors else []
        words += [f"distance={stage.distance_m:g}"] if stage.distance_m is not None else []
        words += ["clutter"] if stage.clutter else []
        words += ["color"] if self.color else []
        words += [f"fps={self.fps:g}"] if self.fps != 30 else []
        return ":".join(filter(None, (PREFIX, ",".join(words))))


def is_simulation(spec: str) -> bool:
    return spec.partition(":")[0] == PREFIX


def parse_simulation(spec: str) -> Simulation:
    """What "simulate", "simulate:2" or "simulate:motion=fist,distance=0.6" shows. SourceError where it is neither."""
    found = Simulation()
    for word in filter(None, (part.strip() for part in spec.partition(":")[2].split(","))):
        name, _, value = word.partition("=")
        try:
            if name == "2" or (name, value) == ("hand", "both"):
                found = replace(found, hand="both")
            elif name == "hand":
                found = replace(found, hand=value)
            elif name == "motion":
                found = replace(found, stage=replace(found.stage, motion=value))
            elif name == "errors":
                found = replace(found, stage=replace(found.stage, errors=value))
            elif name == "distance":
                found = replace(found, stage=replace(found.stage, distance_m=_number(name, value, "metres")))
            elif name == "fps":
                found = replace(found, fps=_number(name, value, "frames a second"))
            elif word == "clutter":
                found = replace(found, stage=replace(found.stage, clutter=True))
            elif word == "color":
                found = replace(found, color=True)
            else:
                raise ValueError(f"expected {EXPECTED}, got {word!r}")
        except ValueError as error:
            raise SourceError(f"{spec}: {error}") from None
    return found


def _number(name: str, text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name}: expected {what}, got {text!r}") from None
