"""The options of a camera's depth sensor, through the SDK: what there are, what they are now, and setting them."""

from __future__ import annotations

from typing import Any

from app.sources.camera_settings import CameraControl
from app.sources.sdk import one_line, short

LABELS = {
    "visual_preset": "Visual preset",
    "enable_auto_exposure": "Automatic exposure",
    "exposure": "Exposure, µs",
    "gain": "Gain",
    "emitter_enabled": "Emitter",
    "laser_power": "Laser power, mW",
}
"""Options that are offered, by the SDK's names, in this order."""
_MOST_CHOICES = 20


def controls_of(rs: Any, sensor: Any) -> tuple[CameraControl, ...]:
    """Those of LABELS that the sensor has and that can be set, as they are now. rs: the SDK."""
    found = (_control(sensor, getattr(rs.option, name), name, label) for name, label in LABELS.items())
    return tuple(control for control in found if control is not None)


def set_control(rs: Any, sensor: Any, name: str, value: float) -> str:
    """Set an option; empty where that went well, else why not, for people."""
    if name not in LABELS:
        raise ValueError(f"camera option: expected one of {', '.join(LABELS)}, got {name!r}")
    option = getattr(rs.option, name)
    try:
        sensor.set_option(option, float(value))
    except (RuntimeError, ValueError) as error:
        return f"{LABELS[name].split(',')[0]} cannot be {value:g}: {one_line(error)}"
    return ""


def _control(sensor: Any, option: Any, name: str, label: str) -> CameraControl | None:
    try:
        if not sensor.supports(option) or sensor.is_option_read_only(option):
            return None
        span = sensor.get_option_range(option)
        value = short(sensor.get_option(option))
        choices = _choices(sensor, option, span)
    except RuntimeError:  # it cannot be asked now
        return None
    return CameraControl(name, label, value, short(span.min), short(span.max), short(span.step), choices)


def _choices(sensor: Any, option: Any, span: Any) -> tuple[str, ...]:
    """The names of an option's values, where each value has one."""
    if span.step != 1 or not 1 <= span.max - span.min < _MOST_CHOICES:
        return ()
    values = range(int(span.min), int(span.max) + 1)
    names = [sensor.get_option_value_description(option, float(value)) for value in values]
    return tuple(names) if all(names) else ()
