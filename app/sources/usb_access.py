"""RealSense cameras that are plugged in and that Linux does not let the user open, and the rule that changes this."""

from __future__ import annotations

import os
from pathlib import Path

INTEL = "8086"
SYSFS, NODES = Path("/sys/bus/usb/devices"), Path("/dev/bus/usb")
RULE = f'SUBSYSTEM=="usb", ATTRS{{idVendor}}=="{INTEL}", MODE="0660", TAG+="uaccess"'
COMMAND = (
    f"echo '{RULE}' | sudo tee /etc/udev/rules.d/60-realsense.rules"
    " && sudo udevadm control --reload-rules && sudo udevadm trigger"
)
"""Writes the rule and lets it take effect; uaccess rules must come before number 73."""


def forbidden_cameras(sysfs: Path = SYSFS, nodes: Path = NODES) -> list[str]:
    """Names of the RealSense cameras on this computer that the user may not open; none where there is no sysfs."""
    return [
        name
        for device in sorted(sysfs.glob("*"))
        if _read(device / "idVendor") == INTEL and "RealSense" in (name := _read(device / "product"))
        if not os.access(_node(device, nodes), os.R_OK | os.W_OK)
    ]


def _node(device: Path, nodes: Path) -> Path:
    """The device file of a USB device, such as /dev/bus/usb/002/004."""
    bus, number = (_read(device / name).zfill(3) for name in ("busnum", "devnum"))
    return nodes / bus / number


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
