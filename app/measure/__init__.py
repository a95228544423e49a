"""Measures what the whole tracker does, on films that the project makes itself."""
