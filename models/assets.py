"""Files that come with the program: in `assets/` of the repository, inside this package once it is installed."""

from pathlib import Path

_INSTALLED = Path(__file__).resolve().parent / "_assets"  # where pyproject.toml has them put
_REPOSITORY = Path(__file__).resolve().parents[1] / "assets"


def asset(name: str) -> Path:
    """Path of a file or folder by its name under `assets/`."""
    return (_INSTALLED if _INSTALLED.is_dir() else _REPOSITORY) / name
