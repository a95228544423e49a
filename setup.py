"""What `pip install .` needs besides pyproject.toml: the requirements, from the one list of them."""

import sys
from pathlib import Path

from setuptools import find_packages, setup

sys.path.insert(0, str(Path(__file__).parent))
from app.setup.requirements import sections

requirements = sections()
setup(
    packages=[*find_packages(include=["app*", "models*"]), "models._assets"],
    install_requires=requirements.pop("run"),
    extras_require=requirements,
)
