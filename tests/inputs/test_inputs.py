"""docs/inputs.md says what comes of odd inputs; here they are made, tried and compared with the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inputs.page import TABLES, written

PAGE = Path(__file__).resolve().parents[2] / "docs" / "inputs.md"


@pytest.mark.parametrize("table", TABLES)
def test_the_page_says_what_comes_of_each_input(tmp_path: Path, table: str):
    page = PAGE.read_text(encoding="utf-8")
    now = written(page, tmp_path, (table,))
    assert now == page, "run: python -m tests.inputs --write docs/inputs.md"
