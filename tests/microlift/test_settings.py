"""Settings: names, precedence, refusals, secrets."""

from __future__ import annotations

import pickle
import stat
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from ingest.registry import SOURCES
from microlift.errors import SettingsError
from microlift.settings import Secret, Settings, read_settings


def test_everything_has_a_default() -> None:
    settings = read_settings({})
    assert settings.home == Path("data").resolve()
    assert settings.plan_dir == Path("plan").resolve()
    assert not settings.is_simulated
    assert settings.now().tzinfo is UTC
    assert settings.source("youtube").missing(SOURCES["youtube"]) == ["MICROLIFT_YOUTUBE_TOKEN"]


def test_credentials_belong_to_their_source() -> None:
    settings = read_settings(
        {"MICROLIFT_YOUTUBE_TOKEN": "token-of-youtube", "MICROLIFT_SHOPIFY_SHOP": "lumen"}
    )
    assert settings.source("youtube").secrets == {"token": Secret("token-of-youtube")}
    assert settings.source("shopify").options == {"shop": "lumen"}
    shop = "MICROLIFT_SHOPIFY_"
    missing = [f"{shop}CLIENT_ID", f"{shop}CLIENT_SECRET"]
    assert settings.source("shopify").missing(SOURCES["shopify"]) == missing
    given = read_settings({f"{shop}SHOP": "lumen", f"{shop}TOKEN": "a-token-of-shopify"})
    assert given.source("shopify").missing(SOURCES["shopify"]) == []


def test_a_connection_wins_over_the_environment() -> None:
    held = {"youtube": {"token": "from-airflow", "url": "https://proxy.example:8443"}}
    settings = read_settings(
        {"MICROLIFT_YOUTUBE_TOKEN": "from-env", "MICROLIFT_INSTAGRAM_TOKEN": "kept"},
        connections=held.get,
    )
    assert settings.source("youtube").secrets["token"].reveal() == "from-airflow"
    assert settings.source("youtube").url == "https://proxy.example:8443"
    assert settings.source("instagram").secrets["token"].reveal() == "kept"


def test_the_clock_is_an_instant_in_utc() -> None:
    settings = read_settings({"MICROLIFT_CLOCK": "2026-03-01T07:00:00+01:00"})
    assert settings.is_simulated
    assert settings.now() == datetime(2026, 3, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("MICROLIFT_CLOCK", "yesterday", "MICROLIFT_CLOCK is not an instant"),
        ("MICROLIFT_CLOCK", "2026-03-01T06:00", "MICROLIFT_CLOCK has no time zone"),
        ("MICROLIFT_CUSTOMER_KEY", "short", "MICROLIFT_CUSTOMER_KEY is too short"),
        ("MICROLIFT_ECB_URL", "ecb.europa.eu", "MICROLIFT_ECB_URL is not a URL"),
        ("MICROLIFT_ECB_URL", "ftp://ecb.example", "MICROLIFT_ECB_URL is not a URL"),
        ("MICROLIFT_ECB_URL", "https://h:99999", "MICROLIFT_ECB_URL is not a URL"),
        ("MICROLIFT_ECB_URL", "http://ecb.example", "MICROLIFT_ECB_URL is plain http"),
        ("MICROLIFT_ECB_URL", "http://127.0.0.1.evil.example", "MICROLIFT_ECB_URL is plain http"),
        ("MICROLIFT_ECB_URL", "https://10.0.0.7", "MICROLIFT_ECB_URL points to a private address"),
        ("MICROLIFT_ECB_URL", "https://169.254.169.254", "points to a private address"),
        ("MICROLIFT_ECB_URL", "https://[fd00::1]", "points to a private address"),
        ("MICROLIFT_ECB_URL", "https://[::ffff:10.0.0.7]", "points to a private address"),
        ("MICROLIFT_ECB_URL", "https://u:p@ecb.example", "MICROLIFT_ECB_URL holds a user"),
        ("MICROLIFT_ECB_URL", "https://ecb.example/stats", "MICROLIFT_ECB_URL has a path"),
    ],
)
def test_a_wrong_value_names_the_variable(variable: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        read_settings({variable: value})
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:2", "https://x.example"]
)
def test_loopback_and_public_https_are_allowed(url: str) -> None:
    assert read_settings({"MICROLIFT_ECB_URL": f"{url}/"}).source("ecb").url == url


@pytest.mark.parametrize(
    "name",
    ["YOUTBE_TOKEN", "TIKTOC_TOKEN", "YOUTUBE_ANALYTICS_PASSWORD", "SHOPIFY_SHOPP", "ECB_TOKEN"],
)
def test_a_variable_that_nobody_reads_is_noticed(name: str) -> None:
    settings = read_settings({f"MICROLIFT_{name}": "x"})
    assert settings.unknown == (f"MICROLIFT_{name}",)
    assert settings.sources == {}


def test_the_environment_of_settings_gives_the_same_settings() -> None:
    settings = read_settings(
        {
            "MICROLIFT_HOME": "somewhere",
            "MICROLIFT_PLAN": "a plan",
            "MICROLIFT_CLOCK": "2026-03-01T07:00:00.5+01:00",
            "MICROLIFT_CUSTOMER_KEY": "k" * 40,
            "MICROLIFT_ECB_URL": "http://127.0.0.1:8080",
            "MICROLIFT_SHOPIFY_TOKEN": "token-of-shopify",
            "MICROLIFT_SHOPIFY_SHOP": "lumen",
        }
    )
    assert read_settings(settings.environment()) == settings
    assert read_settings(read_settings({}).environment()) == read_settings({})


def test_secrets_do_not_show_themselves() -> None:
    settings = read_settings({"MICROLIFT_YOUTUBE_TOKEN": "canary-value"})
    secret = settings.source("youtube").secrets["token"]
    assert "canary" not in f"{settings!r} {secret} {secret!r} {secret:>9} {[secret]}"
    assert settings.all_secrets() == ["canary-value"]
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_the_customer_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "data", plan_dir=tmp_path)
    keys: list[bytes] = []
    threads = [Thread(target=lambda: keys.append(settings.customer_key())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len({*keys}) == 1
    assert len(keys[0]) >= 32
    path = tmp_path / "data" / "customer.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["customer.key"]


def test_a_given_key_wins_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "customer.key").write_text("cut")
    given = read_settings({"MICROLIFT_HOME": str(tmp_path), "MICROLIFT_CUSTOMER_KEY": "k" * 40})
    assert given.customer_key() == b"k" * 40
    with pytest.raises(SettingsError, match="restore it from the backup"):
        Settings(home=tmp_path, plan_dir=tmp_path).customer_key()
