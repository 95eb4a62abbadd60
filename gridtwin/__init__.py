"""The service as one program: where the rooms meet, and nothing else."""

__version__ = "0.1.0"
