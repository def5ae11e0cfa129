"""Access tokens that end and are renewed: kept before they are used, once, and told to nobody."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
from ingest_vendor import Call, Vendor, make_client, reply

from ingest.auth import RenewableAuth, tokens_by_account
from ingest.errors import TokenExpired, Unauthorised

if TYPE_CHECKING:
    from ingest.http import Client


def _renew(client: Client, held: Mapping[str, str]) -> Mapping[str, str]:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": held.get("refresh_token", held["token"]),
    }
    page = client.post_form("/token", form, shape={"access_token": str})
    return {name: page.json.get(name, "") for name in ("access_token", "refresh_token")}


def _headers(held: Mapping[str, str]) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {held['access_token']}"}


class Rotating:
    """A vendor whose refresh tokens work once and whose access tokens end when told to."""

    def __init__(self, vendor: Vendor) -> None:
        self.refresh, self.valid, self.given = "refresh-0-long", "", 0
        vendor.answer = self._answer

    def _answer(self, call: Call, number: int) -> object:
        if call.path == "/token":
            if call.body["refresh_token"] != self.refresh:
                return reply({"error": "invalid_grant"}, 400)
            self.given += 1
            self.refresh = f"refresh-{self.given}-long"
            self.valid = f"access-{self.given}-long"
            return reply({"access_token": self.valid, "refresh_token": self.refresh})
        if call.headers.get("Authorization") != f"Bearer {self.valid}":
            return reply({"error": "expired"}, 401)
        return reply({"echo": call.headers["Authorization"]})


def _client(vendor: Vendor, path: Path, token: str = "refresh-0-long") -> Client:
    client = make_client(vendor.url, auth={})
    asker = make_client(vendor.url, auth={}, secrets=[token], reads_secrets=True)
    client.auth = RenewableAuth(
        {"token": token}, _headers, renew=_renew, client=asker, path=path, learn=client.learn
    )
    return client


def test_a_token_is_asked_for_once_kept_and_used_by_the_next_night(
    vendor: Vendor, tmp_path: Path
) -> None:
    rotating, path = Rotating(vendor), tmp_path / "tokens" / "tiktok.json"
    for _ in range(2):
        client = _client(vendor, path)
        client.get("/a")
        client.get("/b")
    assert rotating.given == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_token_that_ends_in_mid_fetch_is_renewed_with_the_rotated_one(
    vendor: Vendor, tmp_path: Path
) -> None:
    rotating, path = Rotating(vendor), tmp_path / "tokens" / "tiktok.json"
    client = _client(vendor, path)
    client.get("/a")
    rotating.valid = "ended"
    assert client.get("/b").status == 200
    assert rotating.given == 2
    assert orjson.loads(path.read_bytes())[""]["refresh_token"] == rotating.refresh


def test_fetches_that_find_the_token_ended_at_once_renew_it_once(
    vendor: Vendor, tmp_path: Path
) -> None:
    rotating, path = Rotating(vendor), tmp_path / "tokens" / "tiktok.json"
    clients = [_client(vendor, path) for _ in range(4)]
    for client in clients:
        client.get("/a")
    rotating.valid = "ended"
    with ThreadPoolExecutor(4) as pool:
        assert [page.status for page in pool.map(lambda c: c.get("/b"), clients)] == [200] * 4
    assert rotating.given == 2


def test_a_refresh_token_that_does_not_rotate_is_kept_as_it_is(
    vendor: Vendor, tmp_path: Path
) -> None:
    path = tmp_path / "tokens.json"
    given = {"access_token": "access-long", "refresh_token": "refresh-0-long"}
    vendor.answer = lambda call, number: reply(given if call.path == "/token" else {})
    _client(vendor, path).get("/a")
    assert orjson.loads(path.read_bytes())[""]["refresh_token"] == "refresh-0-long"


def test_a_call_made_while_the_token_is_renewed_does_not_bring_the_old_one_back(
    vendor: Vendor, tmp_path: Path
) -> None:
    rotating = Rotating(vendor)
    client, asker = make_client(vendor.url, auth={}), make_client(vendor.url, auth={})

    def renew(asker: Client, held: Mapping[str, str]) -> Mapping[str, str]:
        if "access_token" in held:
            client.auth.headers(None)  # another thread's next call
        return _renew(asker, held)

    client.auth = RenewableAuth(
        {"token": "refresh-0-long"},
        _headers,
        renew=renew,
        client=asker,
        path=tmp_path / "tokens.json",
        learn=client.learn,
    )
    client.get("/a")
    rotating.valid = "ended"
    assert client.get("/b").status == 200


def test_a_new_token_is_masked_in_what_is_landed(vendor: Vendor, tmp_path: Path) -> None:
    Rotating(vendor)
    page = _client(vendor, tmp_path / "tokens.json").get("/a")
    assert page.json == {"echo": "Bearer ***"}


def test_a_token_that_stays_refused_is_not_asked_for_again_and_again(
    vendor: Vendor, tmp_path: Path
) -> None:
    rotating = Rotating(vendor)
    client = _client(vendor, tmp_path / "tokens.json")
    client.get("/a")
    vendor_answer = vendor.answer
    vendor.answer = lambda call, number: (
        vendor_answer(call, number) if call.path == "/token" else reply({}, 401)
    )
    with pytest.raises(TokenExpired):
        client.get("/b")
    assert rotating.given == 2


def test_another_credential_in_the_settings_replaces_what_was_kept(
    vendor: Vendor, tmp_path: Path
) -> None:
    rotating, path = Rotating(vendor), tmp_path / "tokens.json"
    _client(vendor, path).get("/a")
    rotating.refresh = "granted-anew"
    _client(vendor, path, "granted-anew").get("/b")
    assert rotating.given == 2


def test_each_account_has_its_own_token(vendor: Vendor, tmp_path: Path) -> None:
    rotating = Rotating(vendor)
    client = _client(vendor, tmp_path / "tokens.json", f"one={rotating.refresh}, two=, x")
    assert client.get("/a", account="one").status == 200
    with pytest.raises(Unauthorised, match="no token for account two"):
        client.get("/a", account="two")
    assert tokens_by_account("one=a=b,two=") == {"one": "a=b"}


def test_a_token_of_another_fetch_that_has_ended_too_is_no_last_word(
    vendor: Vendor, tmp_path: Path
) -> None:
    rotating, path = Rotating(vendor), tmp_path / "tokens.json"
    first, second = _client(vendor, path), _client(vendor, path)
    first.get("/a")
    second.get("/a")
    rotating.valid = "ended"
    first.get("/b")
    rotating.valid = "ended again"
    assert second.get("/b").status == 200
    assert rotating.given == 3
