"""The Airflow home of the demo: where it lives and how it is configured, all by environment."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import microlift

PROJECT_ROOT = Path(microlift.__file__).resolve().parents[1]
LOOPBACK = "127.0.0.1"
USUAL_PORT = 8080


@dataclass(frozen=True)
class AirflowHome:
    """A folder of Airflow's own (metadata in SQLite, configuration, logs) and its API's port."""

    folder: Path
    port: int
    parallelism: int = 4

    @property
    def url(self) -> str:
        """Where the UI and the API answer."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def task_logs(self) -> Path:
        """The folder of the tasks' logs."""
        return self.folder / "logs"

    @property
    def process_logs(self) -> Path:
        """The folder of what Airflow's processes print."""
        return self.folder / "processes"

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The environment of every Airflow process: `inherited`, and Airflow's settings over it.

        Secrets that Airflow needs for itself (JWT, Fernet) are not here: the first command in a
        fresh home writes them into its airflow.cfg, readable by the owner only, and every process
        started later reads the same ones.
        """
        path = [str(PROJECT_ROOT), *filter(None, [inherited.get("PYTHONPATH")])]
        return {
            **inherited,
            "PYTHONPATH": os.pathsep.join(path),
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.folder}/airflow.db",
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            # LocalExecutor forks this many workers at once; its default is 32.
            "AIRFLOW__CORE__PARALLELISM": str(self.parallelism),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            # Nobody has to log in: the API listens on this machine only.
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__API__HOST": LOOPBACK,
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__BASE_URL": self.url,
            # The pause between two looks of an idle scheduler; each hand-over waits for one.
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            # Great Expectations tells of its own inner workings at INFO.
            "AIRFLOW__LOGGING__NAMESPACE_LEVELS": "great_expectations=WARNING",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        }


def free_port(preferred: int = 0) -> int:
    """`preferred` when nobody listens there, else any free port of this machine."""
    for port in (preferred, 0):
        with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("this machine has no free port")
