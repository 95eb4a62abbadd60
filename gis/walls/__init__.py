"""Walls (大屏) as they run: which screens are alive, the scenes of their tours, and what centres show one another."""
