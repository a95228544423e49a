"""Ground truth beside depth: true poses in a pose CSV."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.errors import SourceError
from models.core.types import Pose
from models.data.pose_csv import read_hands


def ground_truth_path(recording: Path) -> Path:
    """NAME.joints.csv beside NAME.bag, NAME.db3 or NAME.mcap; joints.csv in a folder."""
    return recording / "joints.csv" if recording.is_dir() else recording.with_suffix(".joints.csv")


def read_ground_truth(path: Path) -> Mapping[int, tuple[Pose, ...]]:
    """The poses of all hands by frame number of a pose CSV; empty where there is no such file.

    Raises SourceError where it is broken.
    """
    if not path.is_file():
        return {}
    try:
        return read_hands(path)
    except ValueError as error:
        raise SourceError(f"{error}; correct this ground truth or move it away") from None
