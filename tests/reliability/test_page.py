"""docs/reliability.md holds the tables of what was found."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.page import written

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"


def test_the_page_has_the_results_that_are_kept():
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "run: python -m tests.reliability --write docs/reliability.md"
