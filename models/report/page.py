"""Results as one HTML page that needs nothing from outside."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from models.data.registry import DATASETS
from models.evaluate.curves import Curves, draw_curves, image_bytes
from models.evaluate.figures import BODY_NAMED_MM, NAMED_MM
from models.report.published import PAPER, PUBLISHED, Published
from models.report.results import Result

TEMPLATE = Path(__file__).with_name("page.html")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; figures that others have published are in grey."""

    cells: Sequence[str]
    published: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The titles of the columns, and the rows."""

    head: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Section:
    """What the page says of one data set. curves_svg: an image in base64, empty where there are no curves."""

    title: str
    results: Sequence[Result]
    warnings: Sequence[str]
    summary: Table
    curves_svg: str
    joint_errors: Sequence[Table]
    joint_shares: Sequence[Table]


def page(results: Sequence[Result], title: str) -> str:
    """The page: for each data set a table with published results, success curves, and errors joint by joint."""
    by_data: dict[str, list[Result]] = {}
    for result in results:
        by_data.setdefault(result.data, []).append(result)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE.parent), autoescape=True, trim_blocks=True, keep_trailing_newline=True
    )
    environment.filters["figure"] = _figure
    sections = [_section(data, found) for data, found in by_data.items()]
    return environment.get_template(TEMPLATE.name).render(title=title, paper=PAPER, sections=sections)


def _section(data: str, results: Sequence[Result]) -> Section:
    title = DATASETS[data].title if data in DATASETS else data
    return Section(
        title,
        results,
        [warning for result in results for warning in result.warnings],
        _summary(results, PUBLISHED.get(data, ())),
        _curves(title, results),
        _joint_tables(results, "per_joint_mm", 1.0),
        _joint_tables([result for result in results if result.per_joint_10cm], "per_joint_10cm", 100.0),
    )


def _summary(results: Sequence[Result], published: Sequence[Published]) -> Table:
    with_map = any(share is not None for share in [*(r.map_10cm for r in results), *(p.map_10cm for p in published)])
    limits = [str(limit) for limit in (BODY_NAMED_MM if with_map else NAMED_MM)]
    head = ["result", "joints", "frames", "mean (mm)", "median (mm)"]
    head += [f"worst joint within {limit} mm (%)" for limit in limits]
    head += ["mAP at 10 cm (%)"] if with_map else []
    rows = []
    for result in results:
        cells = [result.name, result.joints, str(result.frames)]
        cells += [_figure(result.mean_error_mm), _figure(result.median_error_mm)]
        cells += [_figure(result.success_worst_joint.get(limit), 100, 1) for limit in limits]
        rows.append(Row(cells + ([_figure(result.map_10cm, 100)] if with_map else [])))
    for entry in published:
        cells = [f"published: {entry.method} ({entry.source})", "all joints", "", _figure(entry.mean_error_mm), ""]
        cells += [""] * len(limits)
        rows.append(Row(cells + ([_figure(entry.map_10cm, 100)] if with_map else []), published=True))
    return Table(head, rows)


def _curves(title: str, results: Sequence[Result]) -> str:
    """The success curves as SVG in base64; empty where no result has any."""
    curves = [Curves(result.name, result.success_worst_joint, result.success_mean) for result in results]
    if not any(curve.worst_joint or curve.mean for curve in curves):
        return ""
    return base64.b64encode(image_bytes(draw_curves(curves, title), ".svg")).decode("ascii")


def _joint_tables(results: Sequence[Result], figures: str, scale: float) -> list[Table]:
    """A table for each set of joints, a column a result."""
    alike: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        alike.setdefault(tuple(getattr(result, figures)), []).append(result)
    return [
        Table(
            ["joint", *(result.name for result in group)],
            [Row([joint, *(_figure(getattr(result, figures)[joint], scale) for result in group)]) for joint in joints],
        )
        for joints, group in alike.items()
    ]


def _figure(value: float | None, scale: float = 1.0, digits: int = 2) -> str:
    return "" if value is None else f"{scale * value:.{digits}f}"
