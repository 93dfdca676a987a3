"""The interface for programs, ``/api/v1``: what the pages show, and readings in, for those who hold a key."""
