"""One local Airflow as a whole: made, started, waited for, its failures explained.

`airflow standalone` would start the same processes, but a SIGTERM leaves them behind.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from microlift.airflow_demo.api import ACTIVE_STATES, AirflowApi
from microlift.airflow_demo.processes import TAIL_LINES, Processes
from microlift.run_record import WRITER_POOL

if TYPE_CHECKING:
    from microlift.airflow_demo.home import AirflowHome

COMPONENTS: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
LOOK_SECONDS = 0.5


class RunFailed(Exception):
    """A DAG run did not succeed; the message names the task and holds the end of its log."""


class TookTooLong(Exception):
    """Something did not happen in the time it was given."""


class LocalAirflow:
    """Scheduler, triggerer, dag-processor and API server over one home."""

    def __init__(
        self, home: AirflowHome, processes: Processes, inherited: Mapping[str, str]
    ) -> None:
        self.home = home
        self.api = AirflowApi(home.url)
        self._processes = processes
        self._env = home.environment(inherited)

    def migrate(self) -> None:
        """Create or upgrade the metadata database, and with it Airflow's own secrets."""
        self.home.folder.mkdir(parents=True, exist_ok=True)
        self._processes.run("migrate", _airflow("db", "migrate"), self._env)

    def start(self) -> None:
        """Start the four processes. The home must have been migrated."""
        for name, arguments in COMPONENTS.items():
            self._processes.start(name, _airflow(*arguments), self._env)

    def wait_until_ready(self, dag_ids: Collection[str], seconds: float = 120) -> None:
        """Until all processes answer, `dag_ids` are parsed and the writer's pool exists."""
        self._wait(self.api.is_healthy, seconds, "Airflow to become healthy")
        self.api.sign_in()
        self.api.create_pool(WRITER_POOL, 1)

        def is_parsed() -> bool:
            if errors := self.api.import_errors():
                raise RunFailed("a DAG file cannot be imported\n" + "\n".join(errors))
            return {*dag_ids} <= self.api.dag_ids()

        self._wait(is_parsed, seconds, "the DAGs to be parsed")

    def trigger_now(self, dag_ids: Collection[str], conf: Mapping[str, Any]) -> dict[str, str]:
        """Start a run of each DAG, unpausing it; returns the run ids by DAG.

        The first run takes the place of the one that the schedule would start at once on unpausing
        (the last hour that has passed), so that nothing is fetched twice.
        """
        runs = {}
        for dag_id in dag_ids:
            first = not self.api.runs(dag_id)
            date = self.api.next_logical_date(dag_id) if first else None
            runs[dag_id] = self.api.trigger(dag_id, conf, date)
        for dag_id in dag_ids:
            self.api.unpause(dag_id)
        return runs

    def wait_for_runs(self, runs: Mapping[str, str], seconds: float = 300) -> None:
        """Until the given runs (ids by DAG) have succeeded. Raises RunFailed, TookTooLong."""

        def is_done() -> bool:
            return not any(
                self._is_active(dag_id, run)
                for dag_id, run_id in runs.items()
                for run in self.api.runs(dag_id)
                if run["dag_run_id"] == run_id
            )

        self._wait(is_done, seconds, f"{', '.join(runs)} to finish")

    def wait_until_quiet(self, dag_id: str, known: Collection[str], seconds: float) -> list[str]:
        """Until events have started `dag_id` at least once since `known` and no event is left.

        `known` are the ids of its earlier runs. Returns the ids of the new ones, all successful.
        """
        new: list[str] = []

        def is_quiet() -> bool:
            # Events first: one that turns into a run between the two looks is then seen as a run.
            waiting = self.api.has_waiting_events(dag_id)
            runs = [run for run in self.api.runs(dag_id) if run["dag_run_id"] not in known]
            active = [run for run in runs if self._is_active(dag_id, run)]
            new[:] = [run["dag_run_id"] for run in runs]
            return bool(runs) and not active and not waiting

        self._wait(is_quiet, seconds, f"asset events to start {dag_id} and {dag_id} to finish")
        return new

    def _is_active(self, dag_id: str, run: Mapping[str, Any]) -> bool:
        if run["state"] == "failed":
            raise RunFailed(self._explain(dag_id, run["dag_run_id"]))
        return run["state"] in ACTIVE_STATES

    def _explain(self, dag_id: str, run_id: str) -> str:
        tasks = self.api.task_instances(dag_id, run_id)
        failed = next((task for task in tasks if task["state"] == "failed"), None)
        if failed is None:
            return f"{dag_id} failed (run {run_id})"
        folder = self.home.task_logs / f"dag_id={dag_id}" / f"run_id={run_id}"
        log = folder / f"task_id={failed['task_id']}" / f"attempt={failed['try_number']}.log"
        said = log.read_text(errors="replace") if log.exists() else ""
        lines = [f"{dag_id}: task {failed['task_id']} failed; the end of {log}:"]
        return "\n  ".join(lines + _log_tail(said))

    def _wait(self, is_done: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not is_done():
            self._processes.check()
            if time.monotonic() > deadline:
                raise TookTooLong(f"waited {seconds:.0f} s for {what}: see {self.home.folder}")
            time.sleep(LOOK_SECONDS)


def _airflow(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "airflow", *arguments]


def _log_tail(text: str) -> list[str]:
    """The last lines for people: Airflow writes one JSON object a line."""
    lines: list[str] = []
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            lines.append(line)
            continue
        lines.append(f"{record.get('level', ''):8} {record.get('event', '')}")
        for detail in record.get("error_detail") or []:
            lines.append(f"{'':8} {detail.get('exc_type')}: {detail.get('exc_value')}")
    return "\n".join(lines).splitlines()[-TAIL_LINES:]
