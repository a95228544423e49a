"""How often the whole tracker sees a hand where there is none: `python -m tests.app.tracking.bodies --count 200`.

The frames are the body frames of the synthetic test set: somebody before the camera, hands behind the back. Each frame
is searched afresh.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from app.settings import TrackerSettings
from app.tracking.build import build_tracker
from models.data.record import LabelledFrame
from models.data.synthetic.testset import body_frames


def count_found(frames: Iterable[LabelledFrame]) -> int:
    """In how many of the frames the tracker, with its shipped networks, finds a hand."""
    tracker = build_tracker(TrackerSettings())
    found = 0
    for labelled in frames:
        tracker.reset()
        found += tracker.track(labelled.frame).pose is not None
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    count = parser.parse_args().count
    found = count_found(body_frames(count))
    print(f"a hand found in {found} of {count} frames that show a body without a raised hand")


if __name__ == "__main__":
    main()
