"""Where the DAGs take settings from: an Airflow Connection wins over the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret

from microlift.settings import Settings, read_settings


def settings_for(*sources: str, clock: str | None = None) -> Settings:
    """The settings, with `clock` and the Connections of `sources` laid over the environment.

    Only the sources named are looked up: each lookup is a call to Airflow's API. What is secret is
    masked in the task's log from here on, wherever it came from.
    """
    environ = os.environ if clock is None else {**os.environ, "MICROLIFT_CLOCK": clock}
    settings = read_settings(environ, _lookup_among(sources))
    for secret in settings.all_secrets():
        mask_secret(secret)
    return settings


def _lookup_among(sources: tuple[str, ...]) -> Callable[[str], Mapping[str, str] | None]:
    return lambda source: _connection(f"microlift_{source}") if source in sources else None


def _connection(conn_id: str) -> dict[str, str] | None:
    """A Connection as settings by name, or None when there is none.

    The password is the token, schema and host (and port) are the URL, extra holds further
    credentials by name, such as {"shop": "lumen"}.
    """
    try:
        connection = Connection.get(conn_id)
    except AirflowNotFoundException:
        return None
    found = {name: str(value) for name, value in connection.extra_dejson.items()}
    if connection.password:
        found["token"] = connection.password
    if connection.host:
        port = f":{connection.port}" if connection.port else ""
        found["url"] = f"{connection.schema or 'https'}://{connection.host}{port}"
    return found
