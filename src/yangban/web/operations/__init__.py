"""Keeping the site running: backups and their return, and what a database must be able to do."""
