"""Readings of water in the lake: their shape, how rows are laid over rows, and a month's merged values."""
