"""What the SDK's .db3 recordings say of each depth image beside it: its number, its time, its depth units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.sources.ros_file import Message, RosFile
from app.sources.sdk_layout import ImageTopic


@dataclass(frozen=True, slots=True)
class ImageMetadata:
    """units: metres a raw unit; 0 where it does not say."""

    number: int
    timestamp_ms: float
    units: float


class SdkMetadata:
    """The metadata of one stream, looked up in the order of the images. One thread at a time."""

    def __init__(self, file: RosFile, stream: ImageTopic) -> None:
        self._file, self._topic = file, metadata_topic(stream)
        self._messages: Iterator[Message] = iter(())
        self._next: Message | None = None
        self.go_to(None)

    def go_to(self, time_ns: int | None) -> None:
        """What is asked for from now on was recorded at this time or later; None: anything."""
        self._messages = self._file.messages(self._topic, time_ns)
        self._next = next(self._messages, None)

    def of(self, time_ns: int) -> ImageMetadata | None:
        """That of the image that was recorded at this time; None where it has none, or none that is complete."""
        while self._next is not None and self._next.time_ns < time_ns:
            self._next = next(self._messages, None)
        if self._next is None or self._next.time_ns != time_ns:
            return None
        return parse_metadata(str(self._next.content.data))


def metadata_topic(stream: ImageTopic) -> str:
    return f"{stream.stream}/image/metadata"


def parse_metadata(text: str) -> ImageMetadata | None:
    """From "Frame number=7;timestamp=233.333;depth_units=0.001;…"; None where number or time is missing or none."""
    values = dict(part.partition("=")[::2] for part in text.split(";"))
    try:
        number, timestamp_ms = int(values["Frame number"]), float(values["timestamp"])
        return ImageMetadata(number, timestamp_ms, float(values.get("depth_units", 0)))
    except (KeyError, ValueError):
        return None
