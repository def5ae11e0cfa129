"""Accounts that are not there, not ours or not called so now: each is said, the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest.landing import Landing
from ingest.registry import SOURCES
from microlift.fetching import LANDING, fetch_source
from microlift.plan.plan import read_plan
from microlift.rehearsal import sandbox_settings
from sandbox.plan_files import write_plan
from sandbox.server import Sandbox, serve
from sandbox.world import World

if TYPE_CHECKING:
    from ingest.manifest import Manifest
    from sandbox.facts import Account

WORLD = World(7, 8, 40, date(2026, 8, 1))
NOW = datetime(2026, 9, 9, 3, tzinfo=UTC)
NOBODY = {"youtube": "UCnobody", "instagram": "17840000000000001", "tiktok": "nobodys-open-id"}
# By source: the stream that meets the account first, the reason, and what to do.
AMISS = {
    "youtube": ("channels", "not_found", "correct account_id in the plan"),
    "youtube_analytics": ("channel_days", "permission", "given by an owner of this channel"),
    "instagram": ("accounts", "not_found", "correct account_id in the plan, or have its owner"),
    "instagram_stories": ("stories", "not_found", "correct account_id in the plan, or have its"),
    "tiktok": ("accounts", "unauthorised", "invalid"),
    "tiktok_business": ("account_days", "unauthorised", "incorrect or has been revoked"),
}


@pytest.fixture(scope="module")
def vendor() -> Iterator[Sandbox]:
    with serve(WORLD) as sandbox:
        yield sandbox


def fetch(vendor: Sandbox, home: Path, source: str) -> Manifest:
    """A night by the plan as it is in `home`."""
    settings = replace(sandbox_settings(home, home / "plan", vendor.url), clock=NOW)
    landing, plan = Landing(home / LANDING), read_plan(home / "plan")
    since = NOW.date() - timedelta(days=6)
    result = fetch_source(settings, plan, SOURCES[source], landing, since=since)
    assert result.status == "fetched", result.message
    (manifest,) = landing.fetches(source)
    return manifest


def change(home: Path, edit: dict[str, dict[str, str]]) -> None:
    """Write the plan with these cells of accounts.csv changed, by account id."""
    write_plan(WORLD, home / "plan")
    path = home / "plan" / "accounts.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    names = header.split(",")
    rows = [dict(zip(names, line.split(","), strict=True)) for line in lines]
    for row in rows:
        row.update(edit.get(row["account_id"], {}))
    written = [header, *(",".join(row[name] for name in names) for row in rows)]
    path.write_text("\n".join(written) + "\n", encoding="utf-8")


def of(platform: str) -> list[Account]:
    """The influencers' accounts of a platform that let us in."""
    return [
        a
        for a in WORLD.accounts.values()
        if a.platform == platform and a.owner_id != "brand" and a.is_authorised and a.posts
    ]


@pytest.mark.parametrize("source", AMISS)
def test_an_id_that_belongs_to_nobody_is_said_with_what_to_do(
    vendor: Sandbox, tmp_path: Path, source: str
) -> None:
    platform = SOURCES[source].platform or source
    first, nobody = of(platform)[0].account_id, NOBODY[platform]
    change(tmp_path, {first: {"account_id": nobody}})
    manifest = fetch(vendor, tmp_path, source)
    stream, reason, told = AMISS[source]
    problem, *_ = [p for p in manifest.problems if p.context.get("account_id") == nobody]
    assert (problem.stream, problem.reason) == (stream, reason)
    assert told in problem.detail
    # The others' numbers are there.
    assert manifest.streams[stream].pages


@pytest.mark.parametrize("is_private", [True, False], ids=["private", "a handle of nobody"])
def test_a_private_account_shows_nothing_and_is_said(
    vendor: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_private: bool
) -> None:
    account, other = of("instagram")[:2]
    handle = account.handle if is_private else "nobody.at.all"
    shut = {"is_authorised": "false"}
    edit = {account.account_id: shut | {"handle": handle}, other.account_id: shut}
    change(tmp_path, edit)
    if is_private:
        monkeypatch.setattr(account, "is_private", True)
    manifest = fetch(vendor, tmp_path, "instagram")
    (problem,) = [p for p in manifest.problems if p.context.get("account_id") == account.account_id]
    assert (problem.stream, problem.reason) == ("discovery_accounts", "not_found")
    assert problem.context["handle"] == handle
    assert "correct the handle in the plan; a private or personal account shows" in problem.detail
    assert manifest.streams["discovery_accounts"].pages == 1


def test_a_handle_that_belongs_to_somebody_else_by_now_is_said_and_nothing_of_his_is_landed(
    vendor: Sandbox, tmp_path: Path
) -> None:
    account, other, third = of("instagram")[:3]
    shut = {"is_authorised": "false"}
    change(
        tmp_path,
        {account.account_id: shut | {"handle": third.handle}, third.account_id: {"handle": "x.y"},
         other.account_id: shut},
    )  # fmt: skip
    manifest = fetch(vendor, tmp_path, "instagram")
    (problem,) = [p for p in manifest.problems if p.reason == "renamed"]
    assert problem.context["account_id"] == account.account_id
    assert third.account_id in problem.detail
    assert "correct it in the plan" in problem.detail
    assert manifest.streams["discovery_accounts"].pages == 1


@pytest.mark.parametrize("source", ["youtube", "instagram", "tiktok"])
def test_a_renamed_account_is_found_by_its_id(vendor: Sandbox, tmp_path: Path, source: str) -> None:
    account = of(source)[0]
    change(tmp_path, {account.account_id: {"handle": "as.it.was.called"}})
    manifest = fetch(vendor, tmp_path, source)
    assert not [p for p in manifest.problems if p.context.get("account_id") == account.account_id]
