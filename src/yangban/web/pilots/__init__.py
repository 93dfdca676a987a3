"""Applications for titles, pilots and projects."""
