"""The command line."""

from tinyagent_app.cli.app import main

__all__ = ["main"]
