"""A hand that can be posed, rendered as depth and seen by cameras with their errors; needs no torch."""
