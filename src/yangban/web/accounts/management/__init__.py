"""Commands of the administrator."""
