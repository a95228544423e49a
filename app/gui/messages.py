"""What the window says about the session's state, in words. Pure, so that every state can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.gui.session_types import SessionView
from app.pipeline import Phase
from app.tracking.result import TrackState
from models.reading.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Message:
    """text: empty for nothing to say. level: "", "good", "info", "warn" or "bad". button: its label, or empty."""

    text: str = ""
    level: str = ""
    button: str = ""


def source_name(view: SessionView) -> str:
    """What is playing, or was meant to play, in a few words."""
    if view.info is not None:
        return _sentence(view.info.label)
    if view.wanted is None:
        return "First camera, or the bundled recording"
    return Path(view.wanted).name or view.wanted


def pill_message(view: SessionView) -> Message:
    """The short state beside the title of the 3D view."""
    phase = view.state.phase
    if phase is Phase.OPENING:
        return Message(f"{(view.state.message or 'opening').capitalize()}…")
    if phase is Phase.FAILED:
        return Message("Stopped", "bad")
    if phase is Phase.LOST:
        return Message("Camera lost · last picture", "warn")
    if phase is Phase.ENDED:
        return Message("End of recording")
    if phase is Phase.PAUSED:
        return Message("Paused")
    return _tracking_message(view)


def _tracking_message(view: SessionView) -> Message:
    if view.latest is None:
        return Message("Waiting for the first picture…")
    if view.latest.result.verdict is Verdict.UNSURE:
        return Message("Unsure", "warn")
    if view.latest.result.state is TrackState.TRACKING:
        return Message("Tracking", "good")
    if view.latest.result.state is TrackState.UNCERTAIN:
        return Message("Hand unclear", "warn")
    return Message("No hand in view", "warn")


def banner_message(view: SessionView, notice: str = "") -> Message:
    """The line across the window: failures first, then failed outputs, depth out of range, `notice`, the source."""
    phase = view.state.phase
    if phase is Phase.FAILED:
        return Message(_sentence(view.state.message) or "The source failed; see the log", "bad", "Try again")
    if phase is Phase.LOST:
        return Message(f"{_sentence(view.state.message)}. The last picture stays until it is back.", "warn")
    for status in (view.recording, view.exporting):
        if status.error:
            return Message(_sentence(status.error), "bad")
    out_of_range = view.latest.result.out_of_range if view.latest is not None else None
    if out_of_range is not None and (out_of_range.is_lasting or phase is Phase.ENDED):
        return Message(_sentence(str(out_of_range)), "warn")
    if not notice and view.info is not None and view.info.notes:
        return Message(". ".join(map(_sentence, view.info.notes)), "info")
    return Message(notice, "info")


def _sentence(text: str) -> str:
    """With a capital, unless it begins with a file's or a device's name."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first.isalpha() else text
