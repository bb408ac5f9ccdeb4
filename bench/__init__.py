"""Benchmarks: Recado measured from outside its process, in ratios to something simple in the same run."""
