"""What the window says about the session's state, in words. Pure, so that every state can be tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import AppError
from app.gui.leaving import leaves_picture
from app.gui.session_types import SessionView
from app.pipeline import OutputStatus, Phase
from app.pipeline.file_export import FileExportStatus
from app.sources.usb_access import COMMAND
from app.tracking.result import TrackState
from models.reading.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Message:
    """text: empty for nothing to say. level: "", "good", "info", "warn" or "bad". button: its label, or empty.

    opens: the source that the button opens; empty where it tries the present one again. shows: a file that another
    button shows in its folder. topic: what it is about, where the text changes with its figures.
    """

    text: str = ""
    level: str = ""
    button: str = ""
    opens: str = ""
    shows: str = ""
    copies: str = ""
    topic: str = ""


NOTHING = Message()


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
    if view.trying is not None:
        return Message(f"Opening {Path(view.trying).name or 'the first camera'}…")
    if phase not in (Phase.FAILED, Phase.ENDED) and view.stall is not None:
        return Message(_sentence(view.stall.short), "warn")
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
    if view.latest.frame.is_damaged:
        return Message("This picture is damaged", "bad")
    if leaves_picture(view.latest.result.pose, view.latest.frame.camera):
        return Message("Hand leaves the picture", "warn")
    if view.latest.result.verdict is Verdict.UNSURE:
        return Message("Unsure", "warn")
    if view.latest.result.state is TrackState.TRACKING:
        return Message("Tracking", "good")
    if view.latest.result.state is TrackState.UNCERTAIN:
        return Message("Hand unclear", "warn")
    return Message("No hand in view", "warn")


def banner_message(view: SessionView, notice: Message = NOTHING) -> Message:
    """The message over the window: failures, what takes too long, what was refused or done (`notice`), failed outputs,
    depth out of range, what is to be known of the source."""
    phase = view.state.phase
    if phase is Phase.FAILED:
        text = _sentence(view.state.message) or "The source failed; see the log"
        return Message(text, "bad", "Try again")
    if phase is Phase.LOST:
        return Message(f"{_sentence(view.state.message)}. The last picture stays until it is back.", "warn")
    if phase is not Phase.ENDED and view.stall is not None:
        return Message(_sentence(view.stall.line), "warn", topic=view.stall.stage.value)
    if notice.level in ("bad", "warn"):
        return notice
    for status in (view.recording, view.exporting):
        if status.error:
            return Message(_sentence(status.error), "bad")
    out_of_range = view.latest.result.out_of_range if view.latest is not None else None
    if out_of_range is not None and (out_of_range.is_lasting or phase is Phase.ENDED):
        return Message(_sentence(str(out_of_range)), "warn", topic="depth out of range")
    if not notice.text and view.info is not None and view.info.notes:
        return Message(". ".join(map(_sentence, view.info.notes)), "info")
    return notice


def no_camera_message(forbidden: Sequence[str]) -> Message:
    """Why the bundled recording plays. forbidden: cameras that are plugged in and may not be opened."""
    if forbidden:
        text = f"{forbidden[0]} is plugged in, but you may not open it. Copy a command that allows it, run it in a "
        text += "terminal, plug the camera in again and press F5."
        return Message(text, "warn", "Copy the command", copies=COMMAND)
    text = "There is no camera, so the bundled recording plays. Plug a RealSense camera into a USB 3 port, press F5 "
    return Message(text + "and choose it as the source.", "info")


def refusal(error: AppError, view: SessionView) -> Message:
    """A source that cannot be played, said while the one before it plays on."""
    return Message(f"{_sentence(str(error))}. {source_name(view)} stays open.", "warn")


def recorded_message(recording: OutputStatus, by_user: bool, poses: Path | None = None) -> Message:
    """What a recording that has come to its end holds. poses: the file beside it, where one was to be written."""
    if recording.closed is None:
        return Message("Nothing was recorded: no frame came while recording was on, so there is no file.", "warn")
    end = "" if by_user else " The recording ended with its source."
    frames = "1 frame" if recording.written == 1 else f"{recording.written} frames"
    path = str(recording.closed)
    beside = f", their poses to {poses.name}" if poses is not None and poses.exists() else ""
    return Message(f"Recorded {frames} to {path}{beside}.{end}", "info", "Play it", opens=path, shows=path)


def exported_message(export: OutputStatus, what: str) -> Message:
    """What an export of what plays holds. what: one of its items, "pose" or "frame"."""
    if export.error:
        return Message(_sentence(export.error), "bad")
    if export.closed is None:
        return Message(f"Nothing was exported: no {what} came meanwhile, so there is no file.", "warn")
    items = f"1 {what}" if export.written == 1 else f"{export.written} {what}s"
    return Message(f"Exported {items} to {export.closed}.", "info", shows=str(export.closed))


def file_export_message(status: FileExportStatus) -> Message:
    """What became of the export of a whole file."""
    if status.error and not status.is_cancelled:
        return Message(_sentence(status.error), "bad")
    frames = "1 frame" if status.done == 1 else f"{status.done} frames"
    shows = str(status.path) if status.path.exists() else ""
    if status.is_cancelled:
        kept = f"The first {frames} are in {status.path}." if shows else "There is no file."
        return Message(f"The export was cancelled. {kept}", "warn", shows=shows)
    return Message(f"Exported {frames} to {status.path}.", "info", shows=shows)


def recording_message(recording: OutputStatus, fps: float, size_bytes: int, free_bytes: int) -> Message:
    """The running recording in a few words: its length, its size, and the room that is left on the disk."""
    if recording.path is None:
        return NOTHING
    if not recording.written:
        return Message("Recording waits for frames", "warn")
    minutes, seconds = divmod(int(recording.written / fps), 60)
    text = f"Recording {minutes}:{seconds:02d} · {_size(size_bytes)} · {_size(free_bytes)} free"
    return Message(text, "bad")


def _size(count: int) -> str:
    megabytes = count / 1e6
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.0f} GB"


def _sentence(text: str) -> str:
    """With a capital, unless it begins with a file's or a device's name."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first.isalpha() else text
