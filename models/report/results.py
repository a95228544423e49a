"""Results read back from the JSON files that `python -m models.evaluate` writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.core.protocol import PAPER
from models.evaluate.drawn import DrawnFrame, read_drawn
from models.json_file import as_number, read_object, shown


@dataclass(frozen=True, slots=True)
class Result:
    """What one file says of a pose network or of a prediction file; a field that it lacks is empty or None.

    name: of the network or the prediction file. data: name of a data set, or what else was measured on. joints: what
    the mean is over. The figures are as in models.evaluate.pose.PoseReport and predictions.PredictionReport.
    """

    path: Path
    name: str
    data: str
    joints: str
    frames: int
    mean_error_mm: float
    median_error_mm: float | None
    per_joint_mm: dict[str, float]
    success_worst_joint: dict[str, float]
    success_mean: dict[str, float]
    map_10cm: float | None
    per_joint_10cm: dict[str, float]
    warnings: tuple[str, ...]
    best_frames: tuple[DrawnFrame, ...]
    worst_frames: tuple[DrawnFrame, ...]


def read_results(paths: Sequence[Path]) -> list[Result]:
    """All files' results; names that occur twice on one data set are told apart by their files.

    Raises ValueError with one line naming the file.
    """
    results = [read_result(path) for path in paths]
    often = Counter((result.name, result.data) for result in results)
    return [_renamed(result) if often[result.name, result.data] > 1 else result for result in results]


def _read_figures(path: Path) -> dict[str, Any]:
    """The object in a JSON file that has what every report of poses has."""
    try:
        figures = read_object(path)
    except FileNotFoundError:
        raise ValueError(f"{path}: there is no such file; expected a report that models.evaluate wrote") from None
    if "stages" in figures:
        raise ValueError(f"{path}: is the report of a reference network; this page shows poses")
    for key in ("frames", "mean_error_mm", "per_joint_mm", "success_worst_joint"):
        if key not in figures:
            raise ValueError(f"{path}: has no {key!r}; expected a report that models.evaluate wrote")
    return figures


def read_result(path: Path) -> Result:
    """The result in a file. Raises ValueError with one line where it is missing, no JSON, or no such report."""
    figures = _read_figures(path)
    frames = _number(path, figures, "frames")
    if frames < 1 or frames != int(frames):
        raise ValueError(f"{path}: 'frames' should be a count, got {shown(figures['frames'])}")
    if not _numbers(path, figures, "per_joint_mm"):
        raise ValueError(f"{path}: 'per_joint_mm' holds no joint")
    return Result(
        path=path,
        name=_name(path, figures),
        data=str(figures.get("data") or "not stated"),
        joints=str(figures.get("joints") or "all joints"),
        frames=int(frames),
        mean_error_mm=_number(path, figures, "mean_error_mm"),
        median_error_mm=_optional(path, figures, "median_error_mm"),
        per_joint_mm=_numbers(path, figures, "per_joint_mm"),
        success_worst_joint=_curve(path, figures, "success_worst_joint"),
        success_mean=_curve(path, figures, "success_mean"),
        map_10cm=_optional(path, figures, "map_10cm"),
        per_joint_10cm=_numbers(path, figures, "per_joint_10cm"),
        warnings=_texts(path, figures, "warnings"),
        best_frames=read_drawn(path, figures, "best_frames"),
        worst_frames=read_drawn(path, figures, "worst_frames"),
    )


def _renamed(result: Result) -> Result:
    values = {name: getattr(result, name) for name in Result.__slots__}
    return Result(**{**values, "name": f"{result.name} ({result.path.name})"})


def _name(path: Path, figures: dict[str, Any]) -> str:
    if figures.get("model"):
        protocol = " (the paper's protocol)" if figures.get("protocol") == PAPER.name else ""
        return str(figures["model"]) + protocol
    return Path(str(figures["predictions"])).stem if figures.get("predictions") else path.stem


def _checked(path: Path, key: str, value: Any) -> float:
    number = None if isinstance(value, str) else as_number(value)
    if number is None:
        raise ValueError(f"{path}: {key!r} should be a number, got {shown(value)}")
    return number


def _number(path: Path, figures: dict[str, Any], key: str) -> float:
    return _checked(path, key, figures[key])


def _optional(path: Path, figures: dict[str, Any], key: str) -> float | None:
    return None if figures.get(key) is None else _number(path, figures, key)


def _numbers(path: Path, figures: dict[str, Any], key: str) -> dict[str, float]:
    """Figures by name; empty where the report has none."""
    values = figures.get(key)
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ValueError(f"{path}: {key!r} should hold figures by name, got a {type(values).__name__}")
    return {name: _checked(path, f"{key}.{name}", value) for name, value in values.items()}


def _texts(path: Path, figures: dict[str, Any], key: str) -> tuple[str, ...]:
    values = figures.get(key) or []
    if not isinstance(values, list):
        raise ValueError(f"{path}: {key!r} should be a list of texts, got a {type(values).__name__}")
    return tuple(map(str, values))


def _curve(path: Path, figures: dict[str, Any], key: str) -> dict[str, float]:
    """Shares by threshold in mm, the smallest first."""
    shares = _numbers(path, figures, key)
    try:
        return {limit: shares[limit] for limit in sorted(shares, key=float)}
    except ValueError:
        raise ValueError(f"{path}: {key!r} should hold shares by threshold in mm") from None
