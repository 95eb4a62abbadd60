"""Walls in a real browser: what a frame costs, and how they stand for hours."""
