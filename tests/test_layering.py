"""The rules of who may import whom, read from the import statements (also those inside functions)."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Imports go from a higher layer to a lower one, or stay within one; not between layers of one height.
HEIGHTS = {
    "main": 90,
    "app.cli": 80,
    "app": 70,  # everything in app that is not named here
    "app.gui": 70,
    "app.viewer": 60,
    "app.pipeline": 60,
    "app.run": 55,
    "app.tracking": 50,
    "app.sources": 50,
    "app.settings": 40,
    "app.errors": 40,
    "app.beside": 40,
    "models.ablation": 33,
    "models.fitting": 33,
    "models.peers": 32,
    "models.report": 32,
    "models.evaluate": 31,
    "models.gpu_bench": 31,
    "models.export": 30,
    "models.train": 29,
    "models.reading": 28,
    "models.data.synthetic": 25,
    "models.data": 20,
    "models.networks": 20,
    "models.rendering": 20,
    "models.runtime": 20,
    "models.assets": 10,
    "models.command": 10,
    "models.core": 10,
    "models.json_file": 10,
    "models.kept": 11,
    "models.outputs": 10,
    "app.setup": 5,  # below everything: it knows nothing of the program that it sets up
}
PACKAGES = {"app", "models"}  # files right in them are rooms of their own
APP_MAY_USE = (
    "models.assets",
    "models.command",
    "models.core",
    "models.json_file",
    "models.kept",
    "models.outputs",
    "models.peers.graphs",  # these three to time MediaPipe's networks beside the program
    "models.peers.palm",
    "models.peers.wheel",
    "models.reading",
    "models.rendering",
    "models.runtime",
    "models.data",
)
SYNTHETIC_MAY_USE = ("models.assets", "models.command", "models.core", "models.outputs")
ONLY_IN = {
    "open3d": ("app.viewer",),
    "PySide6": ("app.gui", "app.cli"),
    "pyqtgraph": ("app.gui.plots_panel",),
    "imageio_ffmpeg": ("app.run.film",),
    "pyrealsense2": ("app.sources.sdk",),
}


@cache
def modules() -> dict[str, Path]:
    """Every module of the program by its dotted name."""
    files = [ROOT / "main.py", *(ROOT / "app").rglob("*.py"), *(ROOT / "models").rglob("*.py")]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


@cache
def imports_of(module: str) -> frozenset[str]:
    """Dotted names that a module imports; of the project's own, the module rather than the name taken from it."""
    file = modules()[module]
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parent = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
            base = ".".join(filter(None, [parent if node.level else "", node.module]))
            found |= {f"{base}.{a.name}" if f"{base}.{a.name}" in modules() else base for a in node.names}
    return frozenset(found)


def edges() -> Iterator[tuple[str, str]]:
    for module in modules():
        for target in imports_of(module):
            yield module, target


def is_within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def room_of(module: str) -> str:
    """The package that a module lies in; of files right in app or models the file itself."""
    if modules()[module].name == "__init__.py":
        return module
    package = module.rpartition(".")[0]
    return module if package in PACKAGES else package or module


def circles(arrows: Iterable[tuple[str, str]]) -> list[set[str]]:
    """The sets of names that lead to each other, directly or through others."""
    after: dict[str, set[str]] = {}
    for start, end in arrows:
        after.setdefault(start, set()).add(end)

    def reached(start: str) -> set[str]:
        found, waiting = set(), [start]
        while waiting:
            new = after.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return found

    ways = {name: reached(name) for name in after}
    found = [{other for other in way if name in ways.get(other, ())} for name, way in ways.items() if name in way]
    return [circle for number, circle in enumerate(found) if circle not in found[:number]]


def layer_of(module: str) -> str | None:
    return max((layer for layer in HEIGHTS if is_within(module, layer)), key=len, default=None)


def test_every_module_is_read():
    assert {"main", "app.errors", "app.sources.base", "models.core", "models.core.types"} <= set(modules())
    assert "models.core.types" in imports_of("models.core.camera")


def test_imports_point_downwards():
    wrong = []
    for module, target in edges():
        upper, lower = layer_of(module), layer_of(target)
        if None in (upper, lower) or upper == lower or module == "app.cli":
            continue
        if HEIGHTS[lower] >= HEIGHTS[upper]:
            wrong.append(f"{module} imports {target}")
    assert not wrong


def test_every_module_has_a_height():
    assert not [module for module in modules() if layer_of(module) is None and module not in PACKAGES]
    assert not [layer for layer in HEIGHTS if layer not in modules()]


def test_circles_are_found():
    assert circles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]) == [{"a", "b", "c"}]
    assert not circles([("a", "b"), ("a", "c"), ("b", "c")])


def test_files_import_each_other_in_no_circle():
    """Imports inside functions and those for type checkers count, too."""
    found = circles((module, target) for module, target in edges() if target in modules() and target != module)
    assert found == []


def test_packages_import_each_other_in_no_circle():
    rooms = ((room_of(module), room_of(target)) for module, target in edges() if target in modules())
    found = circles((start, end) for start, end in rooms if start != end)
    assert found == []


def test_nothing_but_main_imports_the_command_line():
    assert not [module for module, target in edges() if target == "app.cli" and module != "main"]


def test_the_application_uses_only_the_runtime_side_of_models():
    wrong = [
        f"{module} imports {target}"
        for module, target in edges()
        if is_within(module, "app") and is_within(target, "models") and not is_within(target, *APP_MAY_USE)
    ]
    assert not wrong


def test_models_never_import_the_application():
    wrong = [
        f"{module} imports {target}"
        for module, target in edges()
        if is_within(module, "models") and is_within(target, "app", "main", "tests")
        if not is_within(target, "app.setup")  # for what a command needs, before it loads
    ]
    assert not wrong


def test_nothing_that_the_application_reaches_imports_torch():
    reached, waiting = set(), [module for module in modules() if is_within(module, "app", "main")]
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += [target for target in imports_of(module) if target in modules()]
    assert not [module for module in reached if any(is_within(target, "torch") for target in imports_of(module))]


@pytest.mark.parametrize(
    ("package", "below"),
    {
        "models.core": (),
        "models.reading": (
            "models.core",
            "models.json_file",
            "models.kept",
            "models.runtime",
            "numba",
            "llvmlite.binding",
        ),
    }.items(),
)
def test_a_pure_package_uses_numpy_the_standard_library_and_what_is_below_it_only(package, below):
    allowed = {*sys.stdlib_module_names, "numpy"}
    wrong = [
        f"{module} imports {target}"
        for module, target in edges()
        if is_within(module, package) and target.split(".")[0] not in allowed and not is_within(target, package, *below)
    ]
    assert not wrong


def test_synthetic_data_needs_neither_torch_nor_other_models():
    wrong = [
        f"{module} imports {target}"
        for module, target in edges()
        if is_within(module, "models.data.synthetic", "models.rendering")
        and (is_within(target, "torch") or is_within(target, "models"))
        and not is_within(target, *SYNTHETIC_MAY_USE, "models.data", "models.rendering")
    ]
    assert not wrong


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_device_or_window_library_stays_in_its_place(library):
    wrong = [m for m, target in edges() if is_within(target, library) and not is_within(m, *ONLY_IN[library])]
    assert not wrong


def test_set_up_needs_the_standard_library_only():
    foreign = [
        f"{module} imports {target}"
        for module, target in edges()
        if is_within(module, "app.setup")
        and target.split(".")[0] not in sys.stdlib_module_names
        and not is_within(target, "app.setup")
    ]
    assert not foreign


def test_no_pose_depends_on_the_colours_of_a_camera():
    reading = [
        path for room in ("app/tracking", "models/reading", "models/runtime") for path in (ROOT / room).rglob("*.py")
    ]
    assert len(reading) > 40
    looks = [
        f"{path}:{node.lineno}"
        for path in reading
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "color"
    ]
    assert not looks


LIGHT = ("app.cli", "app.run.headless", "models.reading.hand", "models.runtime", "models.data.synthetic.samples")


def test_starting_does_not_load_torch():
    """One process imports one after another and ends at the first that loads it."""
    assert set(LIGHT) <= set(modules())
    code = (
        "import importlib, sys\n"
        f"for name in {LIGHT}:\n"
        "    importlib.import_module(name)\n"
        "    assert 'torch' not in sys.modules, f'{name} loads torch'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
