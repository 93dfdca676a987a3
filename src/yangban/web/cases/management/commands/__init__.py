"""Commands of cases and activities."""
