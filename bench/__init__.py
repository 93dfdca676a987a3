"""The benchmarks of the design's section 6, as ratios within one run: ``python -m bench``."""
