"""The hierarchy of areas, the grids in them, and the plans that say which grids are in force."""
