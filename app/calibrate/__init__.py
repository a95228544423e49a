"""Finds out when a pose network's answers can be believed: `python -m app.calibrate`."""

import sys

if sys.argv[0] == "-m":  # Python is looking for the command; its module and what that imports come after this
    from app.setup import ensure

    ensure("run")
