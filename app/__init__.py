"""Live 3D hand tracking. Other programs use `from app import Camera, HandTracker`; see app/hand_tracker.py."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.hand_tracker import HandTracker
    from models.core.types import Camera

__all__ = ["Camera", "HandTracker"]


def __getattr__(name: str) -> Any:
    # Late: main.py imports this package before set-up has installed numpy.
    if name in __all__:
        from app import hand_tracker

        return getattr(hand_tracker, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
