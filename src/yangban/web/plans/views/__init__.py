"""Pages of plans and tasks. A page asks and shows; what changes is changed by the service functions."""
