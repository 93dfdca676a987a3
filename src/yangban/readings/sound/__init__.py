"""Sound as the lake holds it."""
