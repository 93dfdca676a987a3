"""A slow, literal second implementation of the air rules: pure Python, ``fractions.Fraction``, no import from ``yangban``.

It was written from the notes on the standards, not from the kernel, so that the two can disagree. Break-points and limits are typed a
second time here on purpose: they must not be read from the book.
"""
