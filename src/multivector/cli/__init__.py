"""The command line."""

from multivector.cli.main import app, main, run

__all__ = ["app", "main", "run"]
