"""How the RealSense SDK lays out its recordings: which topics hold what. Both kinds of file have the same names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_IMAGE_TOPIC = re.compile(r"^(?P<stream>/device_\d+/sensor_\d+/(?P<kind>[A-Za-z]+)_\d+)/image/data(/compressed\w*)?$")
ROS_IMAGES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")


class BrokenFileError(Exception):
    """What is wrong with a file, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class ImageTopic:
    """Images of one stream, /device_0/sensor_0/Depth_0 for one, and its kind: Depth, Color, Infrared."""

    name: str
    stream: str
    kind: str

    @property
    def option_prefix(self) -> str:
        return f"{self.stream.rpartition('/')[0]}/option/"


@dataclass(frozen=True, slots=True)
class Contents:
    """counts: number of messages of each topic. kinds: their types, as ROS 2 names them.

    sdk_refuses: why the SDK would not play the file, or end the process; empty where it plays it.
    """

    counts: Mapping[str, int]
    kinds: Mapping[str, str]
    sdk_refuses: str = ""

    @property
    def has_ros_images(self) -> bool:
        return any(kind in ROS_IMAGES for kind in self.kinds.values())


def image_topic(name: str) -> ImageTopic | None:
    """What the SDK keeps in this topic, where it is images."""
    match = _IMAGE_TOPIC.match(name)
    return None if match is None else ImageTopic(name, match["stream"], match["kind"])


def image_topics(counts: Mapping[str, int]) -> list[ImageTopic]:
    """The SDK's image topics among these, in order of their names."""
    return [topic for name in sorted(counts) if (topic := image_topic(name)) is not None]


def depth_topics(counts: Mapping[str, int]) -> list[ImageTopic]:
    """The SDK's depth images, those with some before those without."""
    found = [topic for topic in image_topics(counts) if topic.kind == "Depth"]
    return sorted(found, key=lambda topic: counts[topic.name] == 0)
