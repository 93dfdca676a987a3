"""Work in the background, with its progress on a page: reading files in, assessing, releasing."""
