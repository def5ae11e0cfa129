"""GA4 over HTTP: paging to the last row, quotas respected before they end, tokens of both kinds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from ingest_vendor import (
    CANARY,
    NOW,
    Call,
    Vendor,
    landed_pages,
    make_client,
    make_job,
    reply,
    run_fetch,
)

from ingest.auth import RenewableAuth
from ingest.errors import (
    Deferred,
    FetchFailed,
    IncompletePage,
    Throttled,
    Unauthorised,
    VendorUnavailable,
)
from ingest.sources.ga4 import DIMENSIONS, METRICS, SCOPE, SOURCE

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing
    from ingest.manifest import Manifest

FULL = {"tokensPerDay": 199_993, "tokensPerHour": 39_993, "tokensPerProjectPerHour": 13_993}


def report(rows: int, total: int | None = None, **left: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "dimensionHeaders": [{"name": name} for name in DIMENSIONS],
        "metricHeaders": [{"name": name, "type": "TYPE_INTEGER"} for name in METRICS],
        "metadata": {"timeZone": "Europe/Berlin", "currencyCode": "EUR"},
        "propertyQuota": {
            name: {"consumed": 7, "remaining": value} for name, value in (FULL | left).items()
        },
        "kind": "analyticsData#runReport",
    }
    if rows:
        row = {"dimensionValues": [{"value": "x"}] * 5, "metricValues": [{"value": "1"}] * 5}
        body["rows"] = [row] * rows
    if total is not None:
        body["rowCount"] = total
    return body


def failure(code: int, status: str, message: str, **more: Any) -> web.StreamResponse:
    error = {"code": code, "message": message, "status": status, **more}
    return reply({"error": error}, code)


def run(vendor: Vendor, landing: Landing, **job: Any) -> Manifest:
    order = make_job(options={"property": "310001"}, **job)
    return run_fetch(SOURCE, order, landing, vendor.url, max_retries=SOURCE.max_retries)


def test_a_report_names_its_columns_its_order_and_its_quota(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = lambda call, n: reply(report(2, 2))
    manifest = run(vendor, landing)
    (call,) = vendor.calls
    assert (call.method, call.path) == ("POST", "/v1beta/properties/310001:runReport")
    assert call.headers["Authorization"] == f"Bearer {CANARY}"
    assert call.body["dateRanges"] == [{"startDate": "2026-11-21", "endDate": "2026-11-22"}]
    assert [d["name"] for d in call.body["dimensions"]] == list(DIMENSIONS)
    ordered = [by["dimension"]["dimensionName"] for by in call.body["orderBys"]]
    assert ordered == list(DIMENSIONS)
    assert call.body["returnPropertyQuota"] is True
    (page,) = landed_pages(manifest, "sessions")
    assert page["context"] == {
        "property": "310001", "since": "2026-11-21", "until": "2026-11-22", "offset": 0,
    }  # fmt: skip
    assert page["body"]["metadata"]["timeZone"] == "Europe/Berlin"


def test_pages_go_on_by_what_came_until_every_row_is_here(vendor: Vendor, landing: Landing) -> None:
    sizes = {"0": 3, "3": 3, "6": 1}  # the vendor may send fewer than the limit
    vendor.answer = lambda call, n: reply(report(sizes[call.body["offset"]], 7))
    pages = landed_pages(run(vendor, landing), "sessions")
    assert [page["context"]["offset"] for page in pages] == [0, 3, 6]


def test_no_row_is_an_answer_and_a_missing_page_is_not(vendor: Vendor, landing: Landing) -> None:
    vendor.answer = lambda call, n: reply(report(0))
    assert run(vendor, landing).streams["sessions"].pages == 1
    vendor.answer = lambda call, n: reply(report(3 if call.body["offset"] == "0" else 0, 7))
    with pytest.raises(IncompletePage, match="promised 7 rows and sent 3"):
        run(vendor, landing)


@pytest.mark.parametrize(
    ("left", "now", "minutes"),
    [
        ({"tokensPerHour": 3_999}, datetime(2026, 11, 23, 2, 30, tzinfo=UTC), 30),
        ({"tokensPerProjectPerHour": 1_399}, datetime(2026, 11, 23, 2, 50, tzinfo=UTC), 10),
        ({"tokensPerDay": 19_999}, datetime(2026, 11, 23, 2, 30, tzinfo=UTC), 330),
    ],
    ids=["hour", "project's hour", "day"],
)
def test_the_last_tenth_of_a_quota_is_left_to_others(
    vendor: Vendor, landing: Landing, left: dict[str, int], now: datetime, minutes: int
) -> None:
    vendor.answer = lambda call, n: reply(report(3, 7, **left))
    with pytest.raises(Deferred) as deferred:
        run(vendor, landing, now=now)
    assert deferred.value.seconds == pytest.approx(minutes * 60, abs=5)
    assert len(vendor.calls) == 1
    vendor.answer = lambda call, n: reply(report(3, 3, **left))
    assert run(vendor, landing, now=now).streams["sessions"].pages == 1  # nothing more to ask


@pytest.mark.parametrize(
    ("message", "kind", "seconds", "calls"),
    [
        ("Exhausted property tokens for a project per hour.", Deferred, 1800, 1),
        ("Exhausted property tokens per day. They return tomorrow.", Deferred, 5.5 * 3600, 1),
        ("Exhausted server errors per project per hour.", Deferred, 1800, 1),
        ("Exhausted concurrent requests.", Throttled, None, 5),
    ],
)
def test_a_used_up_quota_is_named_in_its_text(  # noqa: PLR0917
    vendor: Vendor,
    landing: Landing,
    message: str,
    kind: type[Deferred | Throttled],
    seconds: float | None,
    calls: int,
) -> None:
    vendor.answer = lambda call, n: failure(429, "RESOURCE_EXHAUSTED", message)
    with pytest.raises(kind) as raised:
        run(vendor, landing, now=NOW)
    assert raised.value.seconds == seconds
    assert len(vendor.calls) == calls


@pytest.mark.parametrize(
    ("answer", "kind", "calls"),
    [
        ((503, "UNAVAILABLE", "later"), VendorUnavailable, 3),
        ((500, "INTERNAL", "oops"), VendorUnavailable, 3),
        ((400, "INVALID_ARGUMENT", "no such dimension"), FetchFailed, 1),
        ((401, "UNAUTHENTICATED", "old token"), Unauthorised, 1),
        ((403, "PERMISSION_DENIED", "no access"), Unauthorised, 1),
    ],
    ids=str,
)
def test_a_server_error_is_tried_three_times_and_a_refusal_once(
    vendor: Vendor,
    landing: Landing,
    answer: tuple[int, str, str],
    kind: type[FetchFailed],
    calls: int,
) -> None:
    vendor.answer = lambda call, n: failure(*answer)
    with pytest.raises(kind):
        run(vendor, landing)
    assert len(vendor.calls) == calls
    assert landing.fetches() == []


def test_a_missing_scope_is_named(vendor: Vendor, landing: Landing) -> None:
    details = [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]
    vendor.answer = lambda call, n: failure(403, "PERMISSION_DENIED", "no", details=details)
    with pytest.raises(Unauthorised, match=f"`sessions` needs the scope {SCOPE}"):
        run(vendor, landing)


def renewable(vendor: Vendor, tmp_path: Path, credentials: dict[str, str]) -> RenewableAuth:
    assert SOURCE.renew is not None
    return RenewableAuth(
        credentials,
        SOURCE.headers,
        renew=SOURCE.renew,
        client=make_client(vendor.url, auth=None, classify=SOURCE.classify, reads_secrets=True),
        path=tmp_path / "tokens" / "ga4.json",
        learn=lambda secrets: None,
    )


CLIENT = {"token": CANARY, "client_id": "id", "client_secret": "client-secret-canary"}


def test_a_refresh_token_is_changed_for_an_access_token_that_may_end(
    vendor: Vendor, landing: Landing, tmp_path: Path
) -> None:
    def answer(call: Call, number: int) -> web.StreamResponse:
        if call.path == "/token":
            return reply({"access_token": f"access-{number}", "expires_in": 3599})
        is_old = call.headers["Authorization"] == "Bearer access-0"
        return failure(401, "UNAUTHENTICATED", "old") if is_old else reply(report(1, 1))

    vendor.answer = answer
    order = make_job(options={"property": "properties/310001"})
    auth = renewable(vendor, tmp_path, CLIENT)
    run_fetch(SOURCE, order, landing, vendor.url, auth=auth)
    assert vendor.paths == ["/token", "/v1beta/properties/310001:runReport"] * 2
    assert vendor.calls[0].body == {
        "grant_type": "refresh_token",
        "refresh_token": CANARY,
        "client_id": "id",
        "client_secret": "client-secret-canary",
    }


def test_an_access_token_that_holds_the_refresh_token_arrives_whole(
    vendor: Vendor, tmp_path: Path
) -> None:
    vendor.answer = lambda call, n: reply({"access_token": f"new-{CANARY}"})
    headers = renewable(vendor, tmp_path, CLIENT).headers(None)
    assert headers == {"Authorization": f"Bearer new-{CANARY}"}


def test_a_revoked_refresh_token_is_unauthorised_and_stays_secret(
    vendor: Vendor, tmp_path: Path
) -> None:
    body = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
    vendor.answer = lambda call, n: reply(body, 400)
    with pytest.raises(Unauthorised, match="connect again") as raised:
        renewable(vendor, tmp_path, CLIENT).headers(None)
    assert CANARY not in str(raised.value)


def test_a_service_account_signs_for_itself(vendor: Vendor, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path / "key.json"
    held = {"client_email": "m@p.example", "private_key_id": "k1", "private_key": pem.decode()}
    path.write_text(json.dumps(held))
    vendor.answer = lambda call, n: reply({"access_token": "access"})
    auth = renewable(vendor, tmp_path, {"key_file": str(path)})
    assert auth.headers(None) == {"Authorization": "Bearer access"}
    form = vendor.calls[0].body
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims = jwt.decode(
        form["assertion"],
        key.public_key(),
        algorithms=["RS256"],
        audience="https://oauth2.googleapis.com/token",
    )
    assert (claims["iss"], claims["scope"]) == ("m@p.example", SCOPE)
    assert claims["exp"] - claims["iat"] == 3600
    assert jwt.get_unverified_header(form["assertion"])["kid"] == "k1"


@pytest.mark.parametrize(
    "write",
    [
        lambda path: None,
        lambda path: path.write_text("no json"),
        lambda path: path.write_text('{"client_email": "m"}'),
        lambda path: path.write_text(
            json.dumps({"client_email": "m", "private_key_id": "k", "private_key": CANARY})
        ),
    ],
    ids=["missing", "no JSON", "no key", "broken key"],
)
def test_a_key_file_that_is_none_says_so_and_nothing_more(
    vendor: Vendor, tmp_path: Path, write: Callable[[Path], None]
) -> None:
    path = tmp_path / "key.json"
    write(path)
    with pytest.raises(Unauthorised, match=r"key\.json is not a service account") as raised:
        renewable(vendor, tmp_path, {"key_file": str(path)}).headers(None)
    assert CANARY not in str(raised.value)
    assert vendor.calls == []
