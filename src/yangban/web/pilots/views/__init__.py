"""Pages of applications, pilots and projects: the desk and what everyone may read. A view asks services and lays out what they found."""
