"""Runners: they take readings from the lake through the rules of ``assess`` and keep and query what comes out."""
