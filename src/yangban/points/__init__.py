"""Carbon points, pure: which method holds, what an event earns, and a ledger that always balances. No Django, no files, no readings."""
