"""Tests of the whole project: `python3 -m tests` sets up what is missing and runs them all."""
