"""Set-up: what a command needs is there, or it is installed. Standard library only.

    from app.setup import ensure

    ensure("run")       # or "training", or "tests"

The needs are sections of requirements.txt (requirements.py). Upwards in this room: errors; facts of this process and
the folder; requirements; probes, which look; progress and commands; system, install, which change things; start.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - before anything that an older Python would stumble over
    sys.exit("This program needs Python 3.10 to 3.13; this is Python {}.{}.".format(*sys.version_info))

from app.setup.start import ensure

__all__ = ["ensure"]
