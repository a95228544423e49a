"""docs/reliability.md holds the tables of what was found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability import page as made
from tests.reliability.page import written

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"


def test_the_page_has_the_results_that_are_kept():
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "run: python -m tests.reliability --write docs/reliability.md"


@pytest.mark.parametrize("before", ["", "an older table\n"])
def test_a_table_takes_its_place_and_nothing_else(before: str, monkeypatch: pytest.MonkeyPatch):
    place = "# Page\n\n<!-- made: soak -->\n{}<!-- end -->\n\ntext\n\n<!-- made: kills -->\n<!-- end -->\n"
    monkeypatch.setattr(made, "TABLES", {"soak": lambda found: ["a table"]})
    assert written(place.format(before)) == place.format("a table\n")
