"""Pages of cases and activities."""
