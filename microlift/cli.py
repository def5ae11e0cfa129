"""The command line, `microlift COMMAND`: a module of `commands/` registers its own commands."""

from __future__ import annotations

import os
import sys

try:
    from microlift.commands import (
        comparing,
        demo,
        explaining,
        looking,
        replay,
        sandbox,
        setting_up,
        stepping,
        versioning,
    )
    from microlift.commands.common import main
except KeyboardInterrupt:  # half a second in which nothing has happened yet
    sys.stderr.write("error: interrupted\n")
    os._exit(130)

__all__ = [
    "comparing",
    "demo",
    "explaining",
    "looking",
    "main",
    "replay",
    "sandbox",
    "setting_up",
    "stepping",
    "versioning",
]

if __name__ == "__main__":
    main()
