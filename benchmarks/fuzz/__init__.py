"""Damaged files of every format against the importers: `python -m benchmarks.fuzz --count 5000`."""
