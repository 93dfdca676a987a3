"""Pages of the desk, a file per matter. A view asks services and lays out; it computes nothing."""
