"""The server itself: whose clock counts, where it listens, how it starts and ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox.facts import BRAND
from sandbox.server import serve

ROOT = Path(__file__).parents[2]
HEADERS = {"Authorization": "Bearer sandbox-instagram-token"}


def followers(url, account, **headers):
    response = requests.get(
        f"{url}/v25.0/{account.account_id}?fields=followers_count",
        headers={**HEADERS, **headers}, timeout=10,
    )  # fmt: skip
    return response.json()["followers_count"]


@pytest.fixture(scope="module")
def brand(world):
    return next(a for a in world.accounts.values() if a.owner_id == BRAND)


def test_the_header_wins_over_the_servers_clock_and_that_over_now(world, brand):
    with serve(world, clock="2026-02-01T00:00:00Z") as sandbox:
        by_clock = followers(sandbox.url, brand)
        by_header = followers(sandbox.url, brand, **{"X-Microlift-Clock": "2026-03-01T00:00:00Z"})
    with serve(world) as sandbox:
        by_now = followers(sandbox.url, brand)
    assert by_clock < by_header < by_now


def test_a_broken_clock_is_refused(sandbox, brand):
    answer = requests.get(
        f"{sandbox.url}/v25.0/{brand.account_id}", headers={"X-Microlift-Clock": "soon"}, timeout=10
    )
    assert answer.status_code == 400
    assert "X-Microlift-Clock" in answer.json()["error"]


def test_it_listens_on_loopback_only_and_counts_calls(world, brand):
    with serve(world, clock="2026-02-01T00:00:00Z") as sandbox:
        assert sandbox.url.startswith("http://127.0.0.1:")
        followers(sandbox.url, brand)
        followers(sandbox.url, brand)
        assert sandbox.calls == {"instagram": 2}
        url = sandbox.url
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=1)


def test_a_path_of_no_vendor_is_not_found(sandbox):
    assert requests.get(f"{sandbox.url}/robots.txt", timeout=10).status_code == 404


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_prints_its_address_and_ends_cleanly_on_a_signal(number, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--influencers", "4", "--days", "10",
         "--start", "2026-01-01", "--clock", "2026-01-08T06:00:00Z",
         "--plan", str(tmp_path / "plan")],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as program:  # fmt: skip
        url = program.stdout.readline().strip()
        answer = requests.get(f"{url}/stats/eurofxref/eurofxref-daily.xml", timeout=10)
        program.send_signal(number)
        assert program.wait(10) == 0
        assert program.stderr.read() == ""
    assert 'time="2026-01-07"' in answer.text
    assert (tmp_path / "plan" / "brand.yml").exists()


def test_the_program_ends_with_a_parent_that_was_killed():
    parent = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-m', 'sandbox', '--influencers', '4', '--days', '10',"
        " '--with-parent'], stdin=subprocess.PIPE)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as program:
        url = program.stdout.readline().strip()
        assert requests.get(url, timeout=10).status_code == 404
        program.kill()
        # Ends once nobody holds its other end any more: neither the parent nor the sandbox.
        assert program.stdout.read() == ""
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=1)
