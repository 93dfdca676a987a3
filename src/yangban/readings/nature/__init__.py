"""Records of species as the lake holds them."""
