"""The networks, what they learn from, training and evaluation; `python -m models.NAME` runs a command of it."""

import sys

if sys.argv[0] == "-m":  # Python is looking for the command; its module and what that imports come after this
    from app.setup import ensure

    ensure("training")
