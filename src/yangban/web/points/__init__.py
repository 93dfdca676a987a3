"""Carbon points on the site: the ledger's tables and the one function that writes them, members, partners, shop and desk."""
