"""The tables of docs/inputs.md, each between two comments with its name."""

from __future__ import annotations

from pathlib import Path

from tests.inputs.case import rows
from tests.inputs.folders import CAMERA_CASES, FOLDER_CASES
from tests.inputs.outputs import OTHER_CASES, OUTPUT_CASES
from tests.inputs.recordings import ROS_CASES, SDK_CASES
from tests.inputs.research import RESEARCH_CASES

TABLES = {
    "folders": ("folder", FOLDER_CASES),
    "camera files": ("camera.json", CAMERA_CASES),
    "recordings": ("recording", SDK_CASES),
    "ROS": ("recording of ROS", ROS_CASES),
    "outputs": ("run", OUTPUT_CASES),
    "research": ("network, checkpoint, predictions, data set", RESEARCH_CASES),
    "others": ("input", OTHER_CASES),
}
"""Name of a table: the head of its first column, its cases."""


def written(page: str, folder: Path, names: tuple[str, ...] = tuple(TABLES)) -> str:
    """The page with its tables as they come out now; what the cases need is made under `folder`."""
    for name in names:
        head, cases = TABLES[name]
        start, end = f"<!-- made: {name} -->\n", "\n<!-- end -->"
        before, mark, rest = page.partition(start)
        _, close, after = rest.partition(end)
        assert mark and close, f"the page has no place for the table {name!r}"
        table = "\n".join([f"| {head} | what comes of it |", "|---|---|", *rows(cases, folder / name)])
        page = before + mark + table + close + after
    return page
