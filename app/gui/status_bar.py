"""The line at the bottom: what is playing, how fast, how late, and on what device."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout

from app.gui.parts import ElidedLabel, label
from app.pipeline import PipelineStats

_NONE = "–"
_LATENCY = "From a frame's arrival to its pose: median and 95th percentile"
_FIGURES = (
    ("camera", "Camera", "000.0 fps", "Frames a second that the source delivers"),
    ("pose", "Pose", "000.0 fps", "Frames a second that were searched for a hand"),
    ("view", "View", "00.0 fps", "Frames a second that the 3D view draws"),
    (
        "latency",
        "Latency p50 / p95",
        "0000 / 0000 ms",
        _LATENCY,
    ),
    ("dropped", "Dropped", "000000", "Frames that were replaced by newer ones before tracking came to them"),
    ("device", "Device", "", "Where the pose network really runs"),
)


class StatusBar(QFrame):
    """Figures keep their place: every value has room for its widest text."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("statusbar")
        self.setFixedHeight(30)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(6)
        self._source = ElidedLabel("value")
        row.addWidget(label("Source", "caption"))
        row.addWidget(self._source, 1)
        self.values = {}
        for name, caption, widest, tooltip in _FIGURES:
            value = label(_NONE, "value", tooltip)
            value.ensurePolished()
            if widest:
                value.setMinimumWidth(value.fontMetrics().horizontalAdvance(widest))
            row.addSpacing(7)
            row.addWidget(label(caption, "caption", tooltip))
            row.addWidget(value)
            self.values[name] = value

    @property
    def source(self) -> str:
        return self._source.toolTip()

    def show_source(self, text: str) -> None:
        self._source.set_whole_text(text)

    def show_stats(self, stats: PipelineStats | None, view_fps: float | None) -> None:
        """Update the figures; None shows dashes. view_fps: of the 3D view, where there is one."""
        texts = dict.fromkeys(self.values, _NONE)
        if view_fps is not None:
            texts["view"] = f"{view_fps:.1f} fps"
        if stats is not None:
            texts["camera"] = f"{stats.camera_fps:.1f} fps"
            texts["pose"] = f"{stats.pose_fps:.1f} fps"
            if stats.latency_p50_ms is not None and stats.latency_p95_ms is not None:
                texts["latency"] = f"{stats.latency_p50_ms:.0f} / {stats.latency_p95_ms:.0f} ms"
            texts["dropped"] = str(stats.dropped)
            texts["device"] = stats.device
            self.values["latency"].setToolTip("\n".join([_LATENCY, *_by_stage(stats)]))
        for name, text in texts.items():
            if self.values[name].text() != text:
                self.values[name].setText(text)


def _by_stage(stats: PipelineStats) -> list[str]:
    return [f"{stage}: {p50:.1f} / {p95:.1f} ms" for stage, (p50, p95) in stats.stages.items()]
