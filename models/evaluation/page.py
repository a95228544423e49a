"""Results as one HTML page that needs nothing from outside; it is well-formed XML too."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from models.data.registry import DATASETS
from models.evaluation.curves import Curves, draw_curves, image_bytes
from models.evaluation.drawn import DrawnFrame
from models.evaluation.published import PAPER, PUBLISHED, Published
from models.evaluation.results import Result

LIMITS = ("20", "30", "40")
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; }
table { border-collapse: collapse; margin: 0.6rem 0 1.2rem; }
th, td { padding: 0.25rem 0.8rem; border-bottom: 1px solid #d5dae0; text-align: right; }
th:first-child, td:first-child { text-align: left; }
tr.published td { color: #57606a; }
img { max-width: 100%; }
.frames { display: flex; flex-wrap: wrap; gap: 0.8rem; max-width: 60rem; }
figure { width: 220px; margin: 0; }
figure img { display: block; border-radius: 4px; }
figcaption { margin-top: 0.2rem; font-size: 13px; line-height: 1.3; overflow-wrap: anywhere; }
.note { color: #57606a; }
.warning { color: #a40e26; }
"""


def page(results: Sequence[Result], title: str) -> str:
    """The page: for each data set a table with published results, success curves, and errors joint by joint."""
    by_data: dict[str, list[Result]] = {}
    for result in results:
        by_data.setdefault(result.data, []).append(result)
    parts = [_section(data, found) for data, found in by_data.items()]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8"/>',
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            '<p class="note">Errors are distances between estimated and labelled joints in millimetres. Rows in grey '
            f"are published: the figures that papers report, V2V-PoseNet's from {escape(PAPER)}.</p>",
            *parts,
            "</body></html>\n",
        ]
    )


def _section(data: str, results: Sequence[Result]) -> str:
    title = DATASETS[data].title if data in DATASETS else data
    parts = [f"<h2>{escape(title)}</h2>"]
    parts += [f'<p class="warning">{escape(warning)}</p>' for result in results for warning in result.warnings]
    parts.append(_summary(results, PUBLISHED.get(data, ())))
    parts.append(_curves(title, results))
    parts.append("<h3>Mean error of each joint (mm)</h3>")
    parts += _joint_tables(results, "per_joint_mm", 1.0)
    if any(result.per_joint_10cm for result in results):
        parts.append("<h3>Share of each joint within 10 cm (%)</h3>")
        parts += _joint_tables([result for result in results if result.per_joint_10cm], "per_joint_10cm", 100.0)
    parts += [_frames(result) for result in results if result.best_frames or result.worst_frames]
    return "\n".join(parts)


def _frames(result: Result) -> str:
    """The drawn frames of a result."""
    parts = [f"<h3>Frames: {escape(result.name)}</h3>"]
    parts.append(
        '<p class="note">The estimate is thick and in the colours of the fingers, the labelled pose thin and white. '
        f"Under each frame its mean error ({escape(result.joints)}).</p>"
    )
    for title, frames in (("Best frames", result.best_frames), ("Worst frames", result.worst_frames)):
        if frames:
            parts.append(f'<h4>{title}</h4>\n<div class="frames">')
            parts += [_figure_of(frame) for frame in frames]
            parts.append("</div>")
    return "\n".join(parts)


def _figure_of(frame: DrawnFrame) -> str:
    name, error = escape(frame.name, quote=True), _figure(frame.error_mm, digits=1)
    alt = f"Estimated and labelled pose, {name}, {error} mm apart"
    image = f'<img alt="{alt}" src="data:image/png;base64,{frame.picture}"/>'
    return f"<figure>{image}<figcaption><b>{error} mm</b> {name}</figcaption></figure>"


def _summary(results: Sequence[Result], published: Sequence[Published]) -> str:
    with_map = any(share is not None for share in [*(r.map_10cm for r in results), *(p.map_10cm for p in published)])
    head = ["result", "joints", "frames", "mean (mm)", "median (mm)"]
    head += [f"worst joint within {limit} mm (%)" for limit in LIMITS]
    head += ["mAP at 10 cm (%)"] if with_map else []
    rows = []
    for result in results:
        cells = [result.name, result.joints, str(result.frames)]
        cells += [_figure(result.mean_error_mm), _figure(result.median_error_mm)]
        cells += [_figure(result.success_worst_joint.get(limit), 100, 1) for limit in LIMITS]
        rows.append(_row(cells + ([_figure(result.map_10cm, 100)] if with_map else [])))
    for entry in published:
        cells = [f"published: {entry.method} ({entry.source})", "all joints", "", _figure(entry.mean_error_mm), ""]
        cells += [""] * len(LIMITS)
        rows.append(_row(cells + ([_figure(entry.map_10cm, 100)] if with_map else []), "published"))
    return _table(head, rows)


def _curves(title: str, results: Sequence[Result]) -> str:
    """The success curves as an image in the page; nothing where no result has any."""
    curves = [Curves(result.name, result.success_worst_joint, result.success_mean) for result in results]
    if not any(curve.worst_joint or curve.mean for curve in curves):
        return ""
    svg = base64.b64encode(image_bytes(draw_curves(curves, title), ".svg")).decode("ascii")
    alt = escape(f"Share of frames within each threshold, {title}", quote=True)
    return f'<p><img alt="{alt}" src="data:image/svg+xml;base64,{svg}"/></p>'


def _joint_tables(results: Sequence[Result], figures: str, scale: float) -> list[str]:
    """A table for each set of joints, a column a result."""
    alike: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        alike.setdefault(tuple(getattr(result, figures)), []).append(result)
    return [
        _table(
            ["joint", *(result.name for result in group)],
            [_row([joint, *(_figure(getattr(result, figures)[joint], scale) for result in group)]) for joint in joints],
        )
        for joints, group in alike.items()
    ]


def _figure(value: float | None, scale: float = 1.0, digits: int = 2) -> str:
    return "" if value is None else f"{scale * value:.{digits}f}"


def _row(cells: Iterable[str], kind: str = "") -> str:
    opening = f'<tr class="{kind}">' if kind else "<tr>"
    return opening + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _table(head: Iterable[str], rows: Iterable[str]) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>\n" + "\n".join(rows) + "\n</tbody></table>"
