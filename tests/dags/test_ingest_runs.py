"""The ingest DAGs, run by Airflow in this process against the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.landing import Landing

# One worker migrates one Airflow.
pytestmark = pytest.mark.xdist_group("airflow")

CLOCK = "2026-08-12T03:00:00Z"
TOKEN = "sandbox-youtube-token"


def ingest_youtube(dag_runs: Any, clock: str = CLOCK) -> Any:
    return dag_runs.test("ingest_youtube", {"clock": clock})


def test_a_night_lands_one_fetch_at_the_clock_and_emits_one_event(
    dag_runs: Any, brand: Path
) -> None:
    run = ingest_youtube(dag_runs)
    assert dag_runs.state_of_only_task(run) == "success"
    assert dag_runs.events_of(run) == ["landing/youtube"]
    [fetch] = Landing(brand / "landing").fetches("youtube")
    assert fetch.is_simulated
    assert fetch.observed_from.isoformat() == "2026-08-12T03:00:00+00:00"


def test_a_source_without_a_credential_is_skipped_and_emits_nothing(
    dag_runs: Any, brand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MICROLIFT_YOUTUBE_TOKEN")
    run = ingest_youtube(dag_runs)
    assert dag_runs.state_of_only_task(run) == "skipped"
    assert dag_runs.events_of(run) == []
    assert Landing(brand / "landing").fetches("youtube") == []


def test_a_wrong_token_fails_at_once_and_emits_nothing(
    dag_runs: Any, brand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICROLIFT_YOUTUBE_TOKEN", "not-the-right-token")
    run = ingest_youtube(dag_runs)
    assert dag_runs.state_of_only_task(run) == "failed"
    assert dag_runs.events_of(run) == []
    assert Landing(brand / "landing").fetches("youtube") == []


def test_a_broken_plan_does_not_stop_a_fetch_once_one_has_landed(
    dag_runs: Any, brand: Path
) -> None:
    assert dag_runs.state_of_only_task(ingest_youtube(dag_runs)) == "success"
    (brand.parent / "plan" / "brand.yml").write_text("name: [")
    run = ingest_youtube(dag_runs, "2026-08-13T03:00:00Z")
    assert dag_runs.state_of_only_task(run) == "success"
    assert len(Landing(brand / "landing").fetches("youtube")) == 2


def test_an_airflow_connection_wins_over_the_environment(
    dag_runs: Any, brand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICROLIFT_YOUTUBE_TOKEN", "not-the-right-token")
    monkeypatch.setenv("AIRFLOW_CONN_MICROLIFT_YOUTUBE", f'{{"password": "{TOKEN}"}}')
    run = ingest_youtube(dag_runs)
    assert dag_runs.state_of_only_task(run) == "success"
    assert len(Landing(brand / "landing").fetches("youtube")) == 1


def test_a_clock_that_is_no_instant_with_a_time_zone_fetches_nothing(
    dag_runs: Any, brand: Path
) -> None:
    run = ingest_youtube(dag_runs, "2026-08-12T03:00:00")
    assert dag_runs.state_of_only_task(run) == "failed"
    assert not (brand / "landing").exists()


def test_no_secret_is_left_in_logs_in_airflows_database_or_in_the_landing_zone(
    dag_runs: Any, brand: Path, airflow_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = ingest_youtube(dag_runs)
    assert dag_runs.state_of_only_task(run) == "success"
    said = capfd.readouterr()
    assert TOKEN not in said.out + said.err
    # XComs, rendered fields and the run's conf are in the database.
    for folder in (airflow_home, brand):
        written = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
        assert any(b"ingest_youtube" in content or b"videos" in content for content in written)
        assert not any(TOKEN.encode() in content for content in written)
