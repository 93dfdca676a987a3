"""Targets and the paths towards them: what a region has been set, and what the rest of the period may bring. Pure; nothing is read here."""
