"""How surveys of species are summed up: richness, individuals, effort, growth and trend."""
