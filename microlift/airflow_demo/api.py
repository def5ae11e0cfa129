"""The few calls of Airflow's REST API that a local run needs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import requests

TRIES, PAUSE_SECONDS = 6, 1.0
TIMEOUT_SECONDS = (5, 60)
ACTIVE_STATES = frozenset({"queued", "running"})


class AirflowApi:
    """One signed-in client of a local Airflow; everybody is an administrator there."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy has no business between two local processes

    def is_healthy(self) -> bool:
        """True when scheduler, triggerer and dag-processor all have sent a heartbeat."""
        try:
            health = self._session.get(
                f"{self._url}/api/v2/monitor/health", timeout=TIMEOUT_SECONDS
            ).json()
        except requests.RequestException:
            return False
        parts = ("metadatabase", "scheduler", "triggerer", "dag_processor")
        return all(health.get(part, {}).get("status") == "healthy" for part in parts)

    def sign_in(self) -> None:
        """Take a token for the calls below."""
        token = self._call("GET", "/auth/token")["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def create_pool(self, name: str, slots: int) -> None:
        """Create a pool, or set the slots of an existing one."""
        body = {"name": name, "slots": slots, "include_deferred": False, "description": ""}
        answer = self._send("POST", "/api/v2/pools", body)
        if answer.status_code == requests.codes.conflict:
            self._call("PATCH", f"/api/v2/pools/{name}", body)
        else:
            answer.raise_for_status()

    def dag_ids(self) -> set[str]:
        """The DAGs that have been parsed."""
        return {dag["dag_id"] for dag in self._call("GET", "/api/v2/dags?limit=100")["dags"]}

    def import_errors(self) -> list[str]:
        """Each DAG file that cannot be parsed, with the reason."""
        found = self._call("GET", "/api/v2/importErrors")["import_errors"]
        return [f"{one['filename']}: {one['stack_trace']}" for one in found]

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run."""
        self._call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})

    def next_logical_date(self, dag_id: str) -> str | None:
        """The logical date of the run that its schedule would start next."""
        date = self._call("GET", f"/api/v2/dags/{dag_id}/details")["next_dagrun_logical_date"]
        return None if date is None else str(date)

    def trigger(self, dag_id: str, conf: Mapping[str, Any], logical_date: str | None) -> str:
        """Start a run and return its id."""
        body = {"logical_date": logical_date, "conf": dict(conf)}
        return str(self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """All runs of a DAG: dag_run_id, state, run_type, start_date, end_date, ..."""
        return list(self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns?limit=100")["dag_runs"])

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The tasks of one run: task_id, state, try_number, start_date, end_date, ..."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        return list(self._call("GET", path)["task_instances"])

    def has_waiting_events(self, dag_id: str) -> bool:
        """True while asset events wait for the next run of that DAG."""
        answer = self._send("GET", f"/api/v2/dags/{dag_id}/assets/queuedEvents")
        if answer.status_code == requests.codes.not_found:
            return False
        answer.raise_for_status()
        return bool(answer.json()["total_entries"])

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> requests.Response:
        for _ in range(TRIES):
            answer = self._session.request(
                method, self._url + path, json=body, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
            if answer.status_code < requests.codes.server_error:
                break
            # SQLite has one writer; while the scheduler is it, the API may answer 500.
            time.sleep(PAUSE_SECONDS)
        return answer

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = self._send(method, path, body)
        answer.raise_for_status()
        return answer.json()
