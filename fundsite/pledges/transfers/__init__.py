"""Bank transfers: money that comes short or over, in parts, or for nothing, and how staff settle it."""
