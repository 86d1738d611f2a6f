"""The demo clinic: synthetic people over an 18-month course, loaded through the same services as everything else."""

from app.demo.load import SignIn, load

__all__ = ["SignIn", "load"]
