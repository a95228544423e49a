"""Proof by numbers that the program survives damage: `python -m tests.reliability --help`, docs/reliability.md."""
