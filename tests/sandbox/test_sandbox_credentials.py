"""The credentials of a world whose accounts have tokens of their own."""

from __future__ import annotations

from sandbox.credentials import CREDENTIALS, credentials


def test_every_account_has_a_token_made_of_its_id_and_is_listed_once() -> None:
    held = credentials([("tiktok", "a"), ("youtube", "UC1"), ("tiktok", "b"), ("tiktok", "a")])
    assert held["tiktok"]["token"] == "a=sandbox-tiktok-refresh-a,b=sandbox-tiktok-refresh-b"
    assert held["tiktok_business"]["token"].startswith("a=sandbox-tiktok-business-token-a,b=")
    assert held["youtube_analytics"]["token"] == "UC1=sandbox-youtube-analytics-refresh-UC1"
    assert {name: held[name] for name in CREDENTIALS} == CREDENTIALS


def test_a_source_without_accounts_has_no_token() -> None:
    assert set(credentials([("youtube", "UC1")])["tiktok"]) == {"client_key", "client_secret"}
