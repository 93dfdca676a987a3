"""Plans and tasks on the site: what :mod:`yangban.govern` decides is kept here, shown, and sent out."""
