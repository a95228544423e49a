"""One reading of a hand: from a depth frame to joints. The tracker, the evaluation and the fits all read this way."""
