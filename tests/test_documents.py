"""The documents against the project: links and paths exist, README.md stays short, docs/cli.md has every option."""

from __future__ import annotations

import argparse
import re
import runpy
import sys
from pathlib import Path

import pytest

from tests.test_layering import edges, is_within

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("models/*.md")])
SOURCES = sorted(
    [ROOT / "main.py", *(file for name in ("app", "models", "tests") for file in ROOT.glob(f"{name}/**/*.py"))]
)
README_LINES = 150
ASSETS_MB = 40

LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"(?<![\w/.*-])(?:\.\./)?((?:app|models|assets|tests|docs|\.ci)/[\w./-]*\w)")
MODULE = re.compile(r"python3? -m ((?:models|tests)[\w.]*)")
PLACEHOLDER = "NAME"
RECIPE = re.compile(r"^```python\n.*?^```$", re.MULTILINE | re.DOTALL)
"""Code to be written by the reader; tests/test_recipes.py runs it."""

RESEARCH_COMMANDS = (
    "app.calibrate",
    "app.measure",
    "app.measure.films",
    "app.measure.steady",
    "models.train",
    "models.evaluate",
    "models.evaluate.angles",
    "models.export",
    "models.export.decoding",
    "models.export.half",
    "models.export.held_out",
    "models.export.int8",
    "models.export.pruning",
    "models.gpu_bench",
    "models.report",
    "models.ablation",
    "models.fitting",
    "models.data.inspect",
    "models.data.synthetic",
    "models.rendering.build_rig",
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def slugs(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document: Path):
    broken = []
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"https?:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in slugs(target)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_named_paths_and_modules_exist(document: Path):
    text = RECIPE.sub("", document.read_text(encoding="utf-8"))
    missing = [path for path in PATH.findall(text) if PLACEHOLDER not in path and not (ROOT / path).exists()]
    for module in MODULE.findall(text):
        path = ROOT.joinpath(*module.split("."))
        if not path.with_suffix(".py").is_file() and not (path / "__main__.py").is_file():
            missing.append(module)
    assert not missing


def test_documents_that_the_code_names_exist():
    missing = {
        f"{name_of(file)}: {path}"
        for file in SOURCES
        for path in re.findall(r"(?:docs|models|\w+)/[\w/]+\.md\b", file.read_text(encoding="utf-8"))
        if not (ROOT / path).exists() and "anny/" not in path
    }
    assert not missing


def test_the_readme_is_short():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= README_LINES


def parser_of(module: str, monkeypatch: pytest.MonkeyPatch) -> argparse.ArgumentParser:
    """The parser of a command, caught where it would read the command line; nothing else of the command runs."""
    if module == "main":
        from app.arguments import build_parser

        return build_parser()
    caught: list[argparse.ArgumentParser] = []

    def catch(parser: argparse.ArgumentParser, *_: object) -> None:
        caught.append(parser)
        raise SystemExit(0)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", catch)
    monkeypatch.setattr(sys, "argv", [module])
    with pytest.raises(SystemExit):
        runpy.run_module(module, run_name="__main__")
    return caught[0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # runpy's, of modules that another test has imported
@pytest.mark.parametrize("module", ["main", *RESEARCH_COMMANDS])
def test_the_cli_page_has_every_option(module: str, monkeypatch: pytest.MonkeyPatch):
    parser = parser_of(module, monkeypatch)
    options = {name for action in parser._actions for name in action.option_strings} - {"-h", "--help"}
    heading = "main.py" if module == "main" else f"python -m {module}"
    sections = re.split(r"^## ", (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    (section,) = [text for text in sections if text.startswith(heading + ":")]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert options == set(re.findall(r"--[\w-]+", " ".join(rows)))


def test_models_and_recordings_stay_small():
    assert sum(path.stat().st_size for path in (ROOT / "assets").rglob("*") if path.is_file()) <= ASSETS_MB * 1e6


def rooms_and_arrows() -> tuple[dict[str, list[str]], set[tuple[str, str]]]:
    """The picture in docs/architecture.md: the modules of each room, and the arrows between rooms."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (picture,) = re.findall(r"^```mermaid\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    rooms = {
        room: [path.removesuffix(".py").replace("/", ".") for path in label.split("<br/>")[0].split()]
        for room, label in re.findall(r'(\w+)\["([^"]+)"\]', picture)
    }
    return rooms, set(re.findall(r"(\w+) --> (\w+)", picture))


def test_the_picture_of_the_rooms_is_what_the_code_imports():
    rooms, arrows = rooms_and_arrows()
    places = {package: room for room, packages in rooms.items() for package in packages}

    def room_of(module: str) -> str | None:
        around = [package for package in places if is_within(module, package)]
        return places[max(around, key=len)] if around else None

    def reached(room: str) -> set[str]:
        below = {target for start, target in arrows if start == room}
        return below.union(*map(reached, below))

    imported = {(room_of(module), room_of(target)) for module, target in edges()}
    imported = {(upper, lower) for upper, lower in imported if upper and lower and upper != lower}
    assert arrows <= imported
    assert not {(upper, lower) for upper, lower in imported if lower not in reached(upper)}
