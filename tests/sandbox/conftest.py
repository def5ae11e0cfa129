"""One small world behind real HTTP, shared by the tests that only read from it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.credentials import BY_ACCOUNT, account_token
from sandbox.server import Sandbox, serve
from sandbox.wire import TOKENS
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.facts import Account

IMPACT_PAIR = base64.b64encode(b"IRlumen:sandbox-impact-token").decode()
CLOCK = "2026-03-20T06:00:00Z"
Get = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def world() -> World:
    return World(seed=11, influencers=30, days=92, start=date(2026, 1, 1))


@pytest.fixture(scope="session")
def sandbox(world: World) -> Iterator[Sandbox]:
    with serve(world, clock=CLOCK) as running:
        yield running


@pytest.fixture(scope="session")
def accounts(world: World) -> dict[str, list[Account]]:
    """Influencers' accounts by platform, only those with posts and full permission."""
    found: dict[str, list[Account]] = {"youtube": [], "instagram": [], "tiktok": []}
    for account in world.accounts.values():
        if account.is_authorised and len(account.posts) > 5:
            found[account.platform].append(account)
    return found


def credentials(vendor: str) -> dict[str, str]:
    token = TOKENS.get(vendor, "")
    return {
        "youtube": {"X-Goog-Api-Key": token},
        "instagram": {"Authorization": f"Bearer {token}"},
        "shopify": {"X-Shopify-Access-Token": token},
        "ecb": {},
        "bitly": {"Authorization": f"Bearer {token}"},
        "ga4": {"Authorization": f"Bearer sandbox-access-{token}"},
        "impact": {"Authorization": f"Basic {IMPACT_PAIR}", "Accept": "application/json"},
    }[vendor]


@pytest.fixture(scope="session")
def get(sandbox: Sandbox) -> Get:
    """GET from a vendor with its credential, as of an instant."""

    def ask(
        vendor: str, path: str, at: str = CLOCK, url: str | None = None, **params: str
    ) -> requests.Response:
        headers = {"X-Microlift-Clock": at, **credentials(vendor)}
        base = url or sandbox.url
        return requests.get(base + path, params=params, headers=headers, timeout=10)

    return ask


@pytest.fixture(scope="session")
def channel(accounts: dict[str, list[Account]]) -> Account:
    """A YouTube channel whose owner lets us see its analytics."""
    return accounts["youtube"][0]


@pytest.fixture(scope="session")
def report(sandbox: Sandbox, channel: Account) -> Get:
    """A report of that channel's Analytics, of February and March unless told."""

    def ask(at: str = CLOCK, **params: str) -> requests.Response:
        _, held = BY_ACCOUNT["youtube_analytics"]
        form = {
            "grant_type": "refresh_token",
            "client_id": held["client_id"],
            "client_secret": held["client_secret"],
            "refresh_token": account_token("youtube_analytics", channel.account_id),
        }
        clock = {"X-Microlift-Clock": at}
        given = requests.post(f"{sandbox.url}/token", form, headers=clock, timeout=10).json()
        return requests.get(
            f"{sandbox.url}/v2/reports",
            {"ids": "channel==MINE", "startDate": "2026-02-01", "endDate": "2026-03-31"} | params,
            headers=clock | {"Authorization": f"Bearer {given['access_token']}"},
            timeout=10,
        )

    return ask


@pytest.fixture(scope="session")
def graphql(sandbox: Sandbox) -> Callable[..., Any]:
    """Ask the shop a query; the JSON answer."""

    def ask(
        document: str,
        variables: dict[str, Any] | None = None,
        at: str = CLOCK,
        url: str | None = None,
    ) -> Any:
        response = requests.post(
            f"{url or sandbox.url}/admin/api/2026-10/graphql.json",
            json={"query": document, "variables": variables or {}},
            headers={"X-Microlift-Clock": at, **credentials("shopify")},
            timeout=10,
        )
        assert response.status_code == 200
        return response.json()

    return ask
