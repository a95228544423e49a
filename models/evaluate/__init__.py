"""Measuring exported networks on labelled frames: what is behind `python -m models.evaluate`."""
