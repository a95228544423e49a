"""The devices that networks run on and the precisions that they reckon in, by the names that commands take."""

from __future__ import annotations

DEVICES = ("auto", "cuda", "tensorrt", "openvino", "cpu")
"""`auto` is the fastest that works on this machine."""

PRECISIONS = ("auto", "f32", "bf16", "int8")
"""Of the arithmetic on processors. `auto` is what was measured to be the fastest here without moving joints."""
