"""Runs without a window, and what any run writes and reports: poses, pictures, recordings and figures."""
