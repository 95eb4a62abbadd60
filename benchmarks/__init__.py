"""What the numbers come from: each beside its limit, measured in the same run."""
