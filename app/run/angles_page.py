"""The goniometer's report as one HTML page that needs nothing from outside; a printed page for each hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from app.run.motion_range import HIGH, LOW, AngleCurves, MotionRange
from models.core.hand_state.angles import ANGLE, ANGLES
from models.core.skeleton import FINGERS

MARK = "<!-- joint angles of a hand, by hand tracking -->"
"""The second line of every report: by it a run knows its own."""
_STYLE = """\
@page { size: A4; margin: 10mm; }
body { font: 13px/1.35 system-ui, sans-serif; max-width: 190mm; margin: 8mm auto; padding: 0 4mm; color: #1b1f24;
  background: #fff; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
h1 { font-size: 20px; margin: 0 0 2px; } section { break-after: page; } section:last-child { break-after: auto; }
p { margin: 0 0 6px; } .note { color: #57606a; font-size: 11px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 1px 6px; text-align: right; } th { font-weight: 600; border-bottom: 1px solid #8c959f; }
th:first-child, td:first-child { text-align: left; } tr.first td { border-top: 1px solid #d5dae0; }
td.bar { padding: 0 0 0 10px; width: 38%; } svg { display: block; width: 100%; }
.curves { display: grid; grid-template-columns: 1fr 1fr; gap: 2px 12px; margin-top: 6px; break-inside: avoid; }
text { font: 9px system-ui, sans-serif; fill: #57606a; } text.title { font-weight: 600; fill: #1b1f24; }
"""
_COLORS = ("#0b62c4", "#8a6d00", "#107a52", "#c2410c", "#7c3aa6")
_BAR_DEG = (-50, 140)
_BAR_WIDTH, _BAR_HEIGHT = 240, 14
_CHART_WIDTH, _CHART_HEIGHT, _LEFT, _BOTTOM, _TOP = 340, 118, 30, 16, 16
_MOST_POINTS = 300
_Heights = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def page(curves: Sequence[AngleCurves], source: str, frames: int) -> str:
    """The page. curves: one for each hand. source: its name for people. frames: of the run, tracked or not."""
    sections = "".join(_section(hand, source, frames) for hand in curves)
    if not curves:
        sections = f"<section><h1>Joint angles</h1><p>{escape(source)}: no hand was tracked long enough.</p></section>"
    return (
        f'<!DOCTYPE html>\n{MARK}\n<html lang="en"><head><meta charset="utf-8"/><title>Joint angles</title>\n'
        f"<style>\n{_STYLE}</style></head><body>\n{sections}</body></html>\n"
    )


def _section(hand: AngleCurves, source: str, frames: int) -> str:
    ranges = hand.ranges()
    rows = "".join(_row(joint, before) for joint, before in zip(ranges, [None, *ranges]))
    charts = "".join(_chart(hand, finger) for finger in (*FINGERS, "wrist"))
    seconds = hand.times_s[-1] - hand.times_s[0]
    return (
        f"<section><h1>Joint angles: {hand.hand} hand</h1>\n"
        f"<p>{escape(source)}: {len(hand.times_s)} of {frames} frames, {seconds:.1f} s from first to last</p>\n"
        f"<table><thead><tr><th>angle, degrees</th><th>from</th><th>to</th><th>range</th><th>median</th>"
        f'<th><svg viewBox="0 0 {_BAR_WIDTH} 11">{_bar_scale()}</svg></th></tr></thead>\n'
        f"<tbody>{rows}</tbody></table>\n"
        f'<p class="note">From and to: {LOW}th and {HIGH}th percentile of the frames in which the hand was tracked. ±: '
        "one standard deviation of a single frame there, from those of the joints. The bar runs from one to the other, "
        "the dot is the median. Curves: the line is the angle, the band one standard deviation.</p>\n"
        f'<div class="curves">{charts}</div></section>\n'
    )


def _row(joint: MotionRange, before: MotionRange | None) -> str:
    is_first = before is None or _part(before.name)[0] != _part(joint.name)[0]
    finger, angle = _part(joint.name)
    cells = (
        f"{finger.capitalize()} {angle}",
        _with_sd(joint.low, joint.low_sd),
        _with_sd(joint.high, joint.high_sd),
        f"{joint.high - joint.low:.0f}°",
        f"{joint.median:.0f}°",
    )
    bar = f'<svg viewBox="0 0 {_BAR_WIDTH} {_BAR_HEIGHT}">{_bar(joint)}</svg>'
    return (
        f'<tr class="{"first" if is_first else "next"}">'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + f'<td class="bar">{bar}</td></tr>\n'
    )


def _part(name: str) -> tuple[str, str]:
    """The finger and the rest of an angle's name, in words."""
    finger, _, angle = name.partition("_")
    words = [word.upper() if word in ("mcp", "pip", "dip", "cmc", "ip") else word for word in angle.split("_")]
    return finger, " ".join(words)


def _with_sd(degrees: float, sd: float) -> str:
    return f"{degrees:.0f}°" if math.isnan(sd) else f"{degrees:.0f}° ± {sd:.0f}"


def _bar_x(degrees: float) -> float:
    low, high = _BAR_DEG
    return _BAR_WIDTH * min(max((degrees - low) / (high - low), 0.0), 1.0)


def _bar_scale() -> str:
    return "".join(
        f'<text x="{_bar_x(degrees):.1f}" y="9" text-anchor="middle">{degrees}°</text>' for degrees in (0, 45, 90)
    )


def _bar(joint: MotionRange) -> str:
    middle = _BAR_HEIGHT / 2
    lines = "".join(f'<path d="M{_bar_x(degrees):.1f} 0V{_BAR_HEIGHT}" stroke="#d5dae0"/>' for degrees in (0, 45, 90))
    low, high = _bar_x(joint.low), _bar_x(joint.high)
    return (
        f'{lines}<path d="M{low:.1f} {middle}H{max(high, low + 1):.1f}" stroke="{_COLORS[0]}" stroke-width="6"/>'
        f'<circle cx="{_bar_x(joint.median):.1f}" cy="{middle}" r="2.4" fill="#fff"/>'
    )


def _chart(hand: AngleCurves, finger: str) -> str:
    """The curves of one finger's angles over time, empty where none is known."""
    angles = [name for name in ANGLES if name.startswith(f"{finger}_")]
    numbers = [ANGLE[name] for name in angles if np.isfinite(hand.degrees[:, ANGLE[name]]).any()]
    if not numbers:
        return ""
    times_s, degrees, deviations = _thinned(hand, numbers)
    low = min(0, 30 * math.floor(degrees.min() / 30))
    high = max(90, 30 * math.ceil(degrees.max() / 30))
    end_s = max(times_s[-1], times_s[0] + 1e-3)
    x = _LEFT + (times_s - times_s[0]) / (end_s - times_s[0]) * (_CHART_WIDTH - _LEFT - 4)

    def y(values: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = np.clip(values, low, high)
        heights: NDArray[np.float64] = _TOP + (high - inside) / (high - low) * (_CHART_HEIGHT - _TOP - _BOTTOM)
        return heights

    parts = [_grid(low, high, y, times_s[0], end_s)]
    legend_x = float(_LEFT + 44)
    for column, number in enumerate(numbers):
        color = _COLORS[column % len(_COLORS)]
        for run in _runs(times_s):
            parts.append(_curve(x[run], y(degrees[run, column]), color))
            if np.isfinite(deviations[run, column]).all():
                edges = [y(degrees[run, column] + sign * deviations[run, column]) for sign in (-1, 1)]
                parts.append(_band(x[run], edges[0], edges[1], color))
        words = _part(ANGLES[number])[1].removesuffix(" flexion")
        words = words.removesuffix(" abduction") if words.startswith("CMC") else words
        parts.append(f'<text x="{legend_x:.0f}" y="10" style="fill:{color}">{words}</text>')
        legend_x += 5.2 * len(words) + 8
    title = f'<text class="title" x="0" y="10">{finger.capitalize()}</text>'
    return f'<svg viewBox="0 0 {_CHART_WIDTH} {_CHART_HEIGHT}">{title}{"".join(parts)}</svg>\n'


def _grid(low: int, high: int, y: _Heights, start_s: float, end_s: float) -> str:
    lines = []
    for degrees in range(low, high + 1, 30 if high - low <= 150 else 60):
        height = float(y(np.array([float(degrees)]))[0])
        lines.append(f'<path d="M{_LEFT} {height:.1f}H{_CHART_WIDTH - 4}" stroke="#d5dae0" stroke-width="0.7"/>')
        lines.append(f'<text x="{_LEFT - 4}" y="{height + 3:.1f}" text-anchor="end">{degrees}°</text>')
    for share, anchor in ((0.0, "start"), (1.0, "end")):
        time_s = start_s + share * (end_s - start_s)
        place = _LEFT + share * (_CHART_WIDTH - _LEFT - 4)
        lines.append(f'<text x="{place:.0f}" y="{_CHART_HEIGHT - 4}" text-anchor="{anchor}">{time_s:.1f} s</text>')
    return "".join(lines)


def _thinned(
    hand: AngleCurves, numbers: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Times (P,), degrees and deviations (P, angles) of at most so many points: the frame in the middle of each few."""
    step = math.ceil(len(hand.times_s) / _MOST_POINTS)
    kept = slice(step // 2, None, step)
    return hand.times_s[kept], hand.degrees[kept][:, numbers], hand.sd_deg[kept][:, numbers]


def _runs(times_s: NDArray[np.float64]) -> list[slice]:
    """Stretches without a gap: three usual steps are one."""
    steps = np.diff(times_s)
    ends = [*(np.flatnonzero(steps > 3 * np.median(steps)) + 1 if len(steps) else []), len(times_s)]
    return [slice(start, end) for start, end in zip([0, *ends], ends)]


def _points(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y))


def _curve(x: NDArray[np.float64], y: NDArray[np.float64], color: str) -> str:
    return f'<polyline points="{_points(x, y)}" fill="none" stroke="{color}" stroke-width="1.1"/>'


def _band(x: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], color: str) -> str:
    return f'<polygon points="{_points(x, low)} {_points(x[::-1], high[::-1])}" fill="{color}" opacity="0.12"/>'
