"""Ambient air: day values, AQI, period statistics and the composite index."""
