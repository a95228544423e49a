"""The devices that networks run on, by the names that every command takes."""

from __future__ import annotations

DEVICES = ("auto", "cuda", "tensorrt", "openvino", "cpu")
"""`auto` is the fastest that works on this machine."""
