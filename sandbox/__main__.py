"""`python -m sandbox`: the stand-in vendors alone, until SIGINT, SIGTERM or the parent's end."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from datetime import date
from pathlib import Path

from sandbox.faults import FaultPlan
from sandbox.plan_files import write_plan
from sandbox.replay import Recording
from sandbox.server import Sandbox, start
from sandbox.world import DEFAULT_START, World


def main(arguments: list[str] | None = None) -> int:
    """Build the world, listen, print the address on one line, wait for a signal."""
    options = _parser().parse_args(arguments)
    faults = FaultPlan.read(options.faults) if options.faults else None
    facts: World | Recording
    if options.replay:
        facts = Recording(options.replay)
    else:
        facts = World(options.seed, options.influencers, options.days, options.start)
    if options.plan:
        write_plan(facts, options.plan)
    sandbox = Sandbox(facts, options.clock, faults)
    asyncio.run(_run(sandbox, options.port, with_parent=options.with_parent))
    return 0


async def _run(sandbox: Sandbox, port: int, *, with_parent: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if with_parent:

        def look() -> None:
            if not os.read(stdin, 1024):
                loop.remove_reader(stdin)
                stop.set()

        stdin = sys.stdin.fileno()
        loop.add_reader(stdin, look)
    runner = await start(sandbox, port)
    sys.stdout.write(sandbox.url + "\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Stand-in vendors on loopback; prints their address and serves until stopped.",
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="0 takes any free port")
    add("--seed", type=int, default=7)
    add("--influencers", type=int, default=50)
    add("--days", type=int, default=92)
    add("--start", type=date.fromisoformat, default=DEFAULT_START, help="the world's first day")
    add("--clock", help="an ISO instant that stands for now")
    add("--faults", type=Path, metavar="PLAN.json", help="what goes wrong: see sandbox/faults.py")
    add("--replay", type=Path, metavar="FOLDER", help="serve a recording instead of a world")
    add("--plan", type=Path, metavar="FOLDER", help="write the plan folder there first")
    # The kernel closes a parent's end of the pipe however the parent ends.
    add("--with-parent", action="store_true", help="stop when standard input (a pipe) ends")
    return parser


if __name__ == "__main__":
    sys.exit(main())
