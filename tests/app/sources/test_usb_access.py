"""Cameras that the system keeps from the user, found in stand-ins for sysfs and the device files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.sources.usb_access import COMMAND, RULE, forbidden_cameras


def plug_in(folder: Path, name: str, vendor: str = "8086", number: int = 4, mode: int | None = 0o600) -> None:
    """A USB device in `folder`/sys; its file in `folder`/dev has the mode, or is missing."""
    device = folder / "sys" / f"2-{number}"
    device.mkdir(parents=True)
    values = {"idVendor": vendor, "product": name, "busnum": "2", "devnum": str(number)}
    for key, value in values.items():
        (device / key).write_text(f"{value}\n")
    if mode is not None:
        node = folder / "dev" / "002" / f"{number:03d}"
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
        node.chmod(mode)


def found(folder: Path) -> list[str]:
    return forbidden_cameras(folder / "sys", folder / "dev")


def test_a_camera_that_may_be_opened_is_none(tmp_path):
    plug_in(tmp_path, "Intel(R) RealSense(TM) Depth Camera 435")
    assert found(tmp_path) == []


def test_a_camera_that_may_not_be_opened_is_named(tmp_path, monkeypatch):
    plug_in(tmp_path, "Intel(R) RealSense(TM) Depth Camera 435", mode=0o000)
    monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).endswith("dev/002/004"))  # root may do anything
    assert found(tmp_path) == ["Intel(R) RealSense(TM) Depth Camera 435"]


@pytest.mark.parametrize(("name", "vendor"), [("Bluetooth", "8086"), ("RealSense", "1234")])
def test_other_devices_are_none(tmp_path, name, vendor):
    plug_in(tmp_path, name, vendor, mode=None)
    assert found(tmp_path) == []


def test_a_computer_without_sysfs_has_none(tmp_path):
    assert found(tmp_path) == []


def test_the_command_writes_the_rule_as_it_stands():
    assert f"echo '{RULE}'" in COMMAND
    assert "'" not in RULE
