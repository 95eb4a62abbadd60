"""The twin: what exists, where it is, what was decided about it, and who may see it."""
