"""Cameras, with a stand-in for the SDK."""

from __future__ import annotations

import os

import pytest

from app.errors import SourceError, SourceLostError
from app.sources.realsense import CameraDevice, CameraSource, DepthMode, choose_mode, list_cameras
from app.sources.sdk import load_sdk, short
from tests.app.sources.film import COUNT, SERIAL, FakeDevice, FakeProfile, FakeSdk, read


def open_error(source: CameraSource) -> str:
    with pytest.raises(SourceError) as caught:
        source.open()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("modes", "best"),
    [
        ([(1280, 720, 30), (848, 480, 30), (640, 480, 30)], (640, 480, 30)),
        ([(1280, 720, 30), (848, 480, 90), (848, 480, 30)], (848, 480, 30)),
        ([(640, 480, 90), (640, 480, 60)], (640, 480, 60)),
        ([(640, 480, 6), (480, 270, 30), (424, 240, 30)], (480, 270, 30)),
        ([(1024, 768, 30), (320, 240, 30)], (320, 240, 30)),
        ([(256, 144, 5)], (256, 144, 5)),
    ],
)
def test_the_mode_nearest_to_what_hands_need_is_chosen(modes: list[tuple], best: tuple):
    assert choose_mode([DepthMode(*mode) for mode in modes]) == DepthMode(*best)
    assert choose_mode([DepthMode(*mode) for mode in reversed(modes)]) == DepthMode(*best)


def test_the_chosen_mode_is_what_the_camera_is_started_in(fake_sdk: FakeSdk):
    with CameraSource():
        assert fake_sdk.mode == ("depth", 640, 480, "z16", 30)


def test_a_camera_that_is_opened_again_counts_it_in_its_frames(fake_sdk: FakeSdk):
    source = CameraSource()
    for restarts in (0, 1, 2):
        with source:
            assert read(source).restarts == restarts


def test_cameras_are_listed_and_chosen_by_serial_number(fake_sdk: FakeSdk):
    fake_sdk.devices = [FakeDevice("1"), FakeDevice("2")]
    assert list_cameras() == [CameraDevice("1", "Fake D435", "3.2"), CameraDevice("2", "Fake D435", "3.2")]
    with CameraSource("2") as info:
        assert info.label == "Fake D435 2"
    with CameraSource() as info:
        assert info.label == "Fake D435 1"
    message = open_error(CameraSource("3"))
    assert "3" in message
    assert "Fake D435 1, Fake D435 2" in message


def test_no_camera_is_one_clear_line(fake_sdk: FakeSdk):
    fake_sdk.devices = []
    assert "no RealSense camera found" in open_error(CameraSource())
    assert list_cameras() == []


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("xioctl(VIDIOC_S_FMT) failed Last Error: Device or resource busy\nmore", "used by another program"),
        ("failed to set power state", "used by another program"),
        ("Couldn't resolve requests", "cannot be started"),
    ],
)
def test_a_camera_that_does_not_start_says_why_and_may_be_tried_again(fake_sdk: FakeSdk, reason: str, expected: str):
    fake_sdk.start_error = reason
    source = CameraSource()
    message = open_error(source)
    assert SERIAL in message
    assert expected in message
    fake_sdk.start_error = None
    with source:
        read(source)
    assert not fake_sdk.running


def test_a_camera_that_fails_before_it_starts_is_one_clear_line(fake_sdk: FakeSdk):
    fake_sdk.devices[0].error = "failed to open usb interface: 0, error: RS2_USB_STATUS_BUSY"
    assert "used by another program" in open_error(CameraSource())


def test_a_camera_without_depth_is_refused(fake_sdk: FakeSdk):
    fake_sdk.devices = [FakeDevice(SERIAL, [FakeProfile(640, 480, 30, "color", "rgb8")])]
    assert "no 16-bit depth stream" in open_error(CameraSource())


@pytest.mark.parametrize(("plugged_in", "expected"), [(True, "sent no frame for 0.1 s"), (False, "was unplugged")])
def test_a_silent_camera_is_lost_and_can_be_opened_again(fake_sdk: FakeSdk, plugged_in: bool, expected: str):
    source = CameraSource()
    with source:
        for _ in range(COUNT):
            read(source)
        devices, fake_sdk.devices = fake_sdk.devices, fake_sdk.devices if plugged_in else []
        with pytest.raises(SourceLostError, match=expected):
            source.read(timeout_s=0.1)
        source.close()
        fake_sdk.devices = devices
        source.open()
        assert read(source).frame_id == 40


def test_units_and_intrinsics_get_their_decimals_back():
    assert short(0.0001250000059371814) == 0.000125
    assert short(363.8999938964844) == 363.9


def test_statistics_of_the_sdk_are_sent_nowhere_unless_the_user_wants_it(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("pyrealsense2")
    monkeypatch.delenv("RS2_RUM_CLOUD_ENABLED", raising=False)
    assert load_sdk().rum.is_cloud_enabled() is False
    assert os.environ["RS2_RUM_CLOUD_ENABLED"] == "0"
    monkeypatch.setenv("RS2_RUM_CLOUD_ENABLED", "1")
    assert load_sdk().rum.is_cloud_enabled() is True
