"""The rules of ecology: regional ecological quality, forest cover, accounts of ecosystem products."""
