"""The front door: settings, the plan, the five steps and the command line."""

__version__ = "0.1.0"
