"""The message types of ROS 1 and ROS 2, with the RealSense SDK's own: one store each, which compiles as it is used."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rosbags.typesys.store import Typestore

STREAM_INFO = "realsense_msgs/msg/StreamInfo"
STREAM_INFO_FIELDS = "uint32 fps\nstring encoding\nbool is_recommended\n"


@cache
def ros1_types() -> Typestore:
    from rosbags.typesys import Stores, get_types_from_msg, get_typestore

    types = get_typestore(Stores.ROS1_NOETIC)
    types.register(get_types_from_msg(STREAM_INFO_FIELDS, STREAM_INFO))
    return types


@cache
def ros2_types() -> Typestore:
    from rosbags.typesys import Stores, get_typestore

    return get_typestore(Stores.ROS2_HUMBLE)
