"""Imports for browsers: uploads on disk, each worked on by a child process of its own, a few at a time."""
