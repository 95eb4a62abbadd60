"""Layers out of the twin, into files that planners' programs read and that come in again without a change."""
