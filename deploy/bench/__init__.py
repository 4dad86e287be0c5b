"""Benchmarks: figures to read as ratios, on the machine at hand. Run with `make bench`."""
