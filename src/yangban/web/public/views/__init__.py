"""Pages of the public site. A view asks selectors and lays out what they found; it computes nothing."""
