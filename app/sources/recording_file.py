"""Looks into recordings without the RealSense SDK, which may crash or hang on files that are none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.errors import SourceError
from app.sources.bag_file import look_into_bag
from app.sources.db3_file import look_into_db3
from app.sources.sdk_layout import BrokenFileError, Contents, depth_topics, image_topics

BAG_MAGIC = b"#ROSBAG V2.0\n"
DB3_MAGIC = b"SQLite format 3\x00"
RECORD_AGAIN = "use another recording or record it again"


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A whole recording with `depth_frames` depth frames (above zero) in the topic `topic`, laid out as the SDK does.

    topic: None in ROS's own recordings, which are looked into further when they are played; depth_frames is 0 there.
    is_for_sdk: the SDK plays it. notes: what the user should know of it, a line each. color_topic: colour pictures of
    the same device, if there are any.
    """

    path: Path
    kind: Literal["bag", "db3"]
    depth_frames: int
    topic: str | None
    is_for_sdk: bool
    notes: tuple[str, ...] = ()
    color_topic: str | None = None


def split_topic(spec: str) -> tuple[Path, str | None]:
    """FILE#TOPIC as its two parts; any other path, also one that is there and has such a name, as it is."""
    path, sign, topic = spec.rpartition("#")
    if sign and path and topic and not Path(spec).exists() and Path(path).exists():
        return Path(path), topic
    return Path(spec), None


def check_recording(path: Path) -> RecordingFile:
    """What kind of recording `path` is and how many depth frames it holds.

    Raises SourceError with one line where the file is missing, empty, truncated, no recording, or without depth.
    """
    try:
        kind = _kind_of(path)
        if path.suffix != f".{kind}":  # the SDK goes by the name alone
            raise SourceError(f"{path}: is a .{kind} recording by another name; rename it to end in .{kind}")
        contents = look_into_bag(path) if kind == "bag" else look_into_db3(path)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror or error}); check the name") from None
    except BrokenFileError as error:
        raise SourceError(f"{path}: {error}; {RECORD_AGAIN}") from None
    if not image_topics(contents.counts) and contents.has_ros_images:
        return RecordingFile(path, kind, 0, None, is_for_sdk=False)
    return _described(path, kind, contents)


def _kind_of(path: Path) -> Literal["bag", "db3"]:
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise BrokenFileError("is empty")
    if head.startswith(BAG_MAGIC):
        return "bag"
    if head == DB3_MAGIC:
        return "db3"
    raise BrokenFileError("is not a RealSense recording (.bag or .db3)")


def _described(path: Path, kind: Literal["bag", "db3"], contents: Contents) -> RecordingFile:
    """A file with the SDK's images, of which the first depth stream is played."""
    counts = contents.counts
    images, depth = image_topics(counts), depth_topics(counts)
    if not images:
        raise SourceError(f"{path}: holds no RealSense images; {RECORD_AGAIN}")
    if not depth:
        kinds = ", ".join(sorted({topic.kind for topic in images}))
        raise SourceError(f"{path}: holds no depth stream, only {kinds}; record it again with depth switched on")
    topic, others = depth[0], [other.name for other in depth[1:] if counts[other.name]]
    frames = counts[topic.name]
    metadata = counts.get(f"{topic.stream}/image/metadata", frames)
    notes = []
    if others:
        names = " and ".join(f"'{path.name}#{other}'" for other in others)
        notes.append(f"of {len(others) + 1} depth sensors the first is played; the other is {names}")
    if kind == "db3" and metadata > frames:
        missing = f"{metadata - frames} of {metadata} depth images are missing"
        notes.append(f"{missing}: the recording is damaged or cut short")
    if kind == "db3" and not contents.sdk_refuses:
        frames = min(frames, metadata)
    if not frames:
        raise SourceError(f"{path}: holds no depth frames; {RECORD_AGAIN}")
    colors = [image.name for image in images if image.kind == "Color" and counts[image.name]]
    color = next((name for name in colors if name.split("/")[1] == topic.name.split("/")[1]), None)
    return RecordingFile(path, kind, frames, topic.name, not contents.sdk_refuses, tuple(notes), color)
