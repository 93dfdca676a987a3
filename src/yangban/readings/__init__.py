"""Readings: what instruments and offices report, taken in, kept whole and made readable by the kernel.

A file goes ``formats`` (parse; a bad line becomes a rejection with a reason) -> ``intake`` (digest, received time, units converted
once, duplicates and corrections) -> ``quality`` (flags, never erases) -> ``lake`` (one row per subject, basis and official day).
Every reading is an integer number of thousandths of µg/m³ (CO: of mg/m³).
"""
