"""Settings: the only code that gives a meaning to the environment.

Everything else is handed a `Settings`, or hands the environment in. Secrets print as `***`; the
names are those of the README.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest.errors import UnsafeUrl
from ingest.registry import SOURCES
from ingest.transport import check_base_url, is_loopback
from microlift.errors import SettingsError

if TYPE_CHECKING:
    from ingest.streams import Source

PREFIX = "MICROLIFT_"
# Names under the prefix that belong to no source.
OTHER_NAMES = ("HOME", "PLAN", "CLOCK", "CUSTOMER_KEY", "WAREHOUSE")
SECRET_PARTS = ("token", "secret", "key", "password")
KEY_FILE = "customer.key"
KEY_BYTES = 32

Connections = Callable[[str], Mapping[str, str] | None]


class Secret:
    """A credential that shows itself only when asked by name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The credential itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and secrets.compare_digest(
            self._value.encode(), other._value.encode()
        )

    def __hash__(self) -> int:
        return hash(Secret)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written down")


@dataclass(frozen=True)
class SourceSettings:
    """How one vendor is reached: its address where it is not the vendor's own, and credentials."""

    name: str
    url: str | None = None
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    def missing(self, source: Source) -> list[str]:
        """The variables that the source needs and that are not set, nor what may stand in."""
        held = {*self.secrets, *self.options}
        return [
            self._variable(need)
            for need in source.needs
            if need not in held and not {*source.instead.get(need, (need,))} <= held
        ]

    def mend(self, source: Source) -> str:
        """What to set for the source to be fetched, in words, and what would do as well."""
        missing = self.missing(source)
        instead = dict.fromkeys(
            names for need, names in source.instead.items() if self._variable(need) in missing
        )
        either = " or ".join(", ".join(map(self._variable, names)) for names in instead)
        more = f" (or {either}: docs/sources/{self.name}.md)" if either else ""
        return f"set {' and '.join(missing)}{more}"

    def _variable(self, part: str) -> str:
        return f"{PREFIX}{self.name}_{part}".upper()


@dataclass(frozen=True)
class Settings:
    """One reading of the environment."""

    home: Path
    plan_dir: Path
    clock: datetime | None = None
    sources: Mapping[str, SourceSettings] = field(default_factory=dict)
    customer_secret: Secret | None = None
    unknown: tuple[str, ...] = ()

    @property
    def is_simulated(self) -> bool:
        """True when MICROLIFT_CLOCK stands for the time of day."""
        return self.clock is not None

    def now(self) -> datetime:
        """The instant that counts as now: the simulated one, else the machine's, in UTC."""
        return self.clock or datetime.now(UTC)

    def source(self, name: str) -> SourceSettings:
        """Settings of one source; empty ones when nothing is set."""
        return self.sources.get(name, SourceSettings(name))

    def reached_at(self, name: str, url: str) -> Settings:
        """These settings with one source's vendor at another address, as rehearsals want it."""
        moved = replace(self.source(name), url=check_url(url, f"{PREFIX}{name.upper()}_URL"))
        return replace(self, sources={**self.sources, name: moved})

    def all_secrets(self) -> list[str]:
        """Every secret value, for redaction of what is printed or stored."""
        values = [s.reveal() for one in self.sources.values() for s in one.secrets.values()]
        return values + ([self.customer_secret.reveal()] if self.customer_secret else [])

    def environment(self) -> dict[str, str]:
        """The variables that `read_settings` gives these settings for, secrets in clear."""
        values = {"HOME": str(self.home), "PLAN": str(self.plan_dir)}
        if self.clock is not None:
            values["CLOCK"] = self.clock.isoformat()
        if self.customer_secret is not None:
            values["CUSTOMER_KEY"] = self.customer_secret.reveal()
        for name, source in self.sources.items():
            held = {**source.options, **{k: s.reveal() for k, s in source.secrets.items()}}
            if source.url is not None:
                held["url"] = source.url
            values |= {f"{name}_{key}".upper(): value for key, value in held.items()}
        return {f"{PREFIX}{name}": value for name, value in values.items()}

    def customer_key(self) -> bytes:
        """The key customers' ids are hashed with: MICROLIFT_CUSTOMER_KEY, else a file in the home.

        The file is made once, readable by its owner only. Losing it makes old and new customers
        strangers to each other, so it belongs in the backup.
        """
        if self.customer_secret is not None:
            return self.customer_secret.reveal().encode()
        path = self.home / KEY_FILE
        if not path.exists():
            _write_key_once(path)
        key = path.read_bytes().strip()
        if len(key) < KEY_BYTES:
            raise SettingsError(
                f"{path} is not a customer key: restore it from the backup, or delete it to start"
                " over (customers then count as new once)"
            )
        return key


def read_settings(
    environ: Mapping[str, str] | None = None, connections: Connections | None = None
) -> Settings:
    """Read the environment once.

    `connections` (source name -> {'url', 'token', ...} or None) wins over the environment; Airflow
    hands its Connections in this way. Raises SettingsError naming the variable and the mend.
    """
    env = {k: v.strip() for k, v in (os.environ if environ is None else environ).items()}
    env = {k: v for k, v in env.items() if k.startswith(PREFIX) and v}
    found, unknown = _by_source(env)
    if connections is not None:
        for name in dict.fromkeys(source.settings_name for source in SOURCES.values()):
            held = {k: v for k, v in (connections(name) or {}).items() if v}
            if held:
                found.setdefault(name, {}).update(held)
    key = env.get(f"{PREFIX}CUSTOMER_KEY")
    if key is not None and len(key) < KEY_BYTES:
        raise SettingsError(
            f"{PREFIX}CUSTOMER_KEY is too short to protect customers' ids:"
            f" give at least {KEY_BYTES} characters, or unset it to have a key made in the home"
        )
    return Settings(
        home=Path(env.get(f"{PREFIX}HOME", "data")).expanduser().resolve(),
        plan_dir=Path(env.get(f"{PREFIX}PLAN", "plan")).expanduser().resolve(),
        clock=_clock(env.get(f"{PREFIX}CLOCK")),
        sources={name: source_settings(name, values) for name, values in found.items()},
        customer_secret=Secret(key) if key else None,
        unknown=tuple(unknown),
    )


def _by_source(env: Mapping[str, str]) -> tuple[dict[str, dict[str, str]], list[str]]:
    found: dict[str, dict[str, str]] = {}
    unknown: list[str] = []
    known = {
        f"{source.settings_name}_{part}".upper(): (source.settings_name, part)
        for source in SOURCES.values()
        for part in ("url", *source.setting_names)
    }
    for variable, value in env.items():
        rest = variable.removeprefix(PREFIX)
        if rest in known:
            name, part = known[rest]
            found.setdefault(name, {})[part] = value
        elif rest not in OTHER_NAMES:
            unknown.append(variable)
    return found, sorted(unknown)


def source_settings(name: str, values: Mapping[str, str]) -> SourceSettings:
    """Settings of one source from its values by name; `url` is its address, the rest credentials.

    Raises SettingsError for an address that no credential may be sent to.
    """
    values = dict(values)
    url = values.pop("url", None)
    if url is not None:
        url = check_url(url, f"{PREFIX}{name.upper()}_URL")
    is_secret = {k: any(part in k for part in SECRET_PARTS) for k in values}
    return SourceSettings(
        name=name,
        url=url,
        secrets={k: Secret(v) for k, v in values.items() if is_secret[k]},
        options={k: v for k, v in values.items() if not is_secret[k]},
    )


def _clock(text: str | None) -> datetime | None:
    if text is None:
        return None
    example = "write an ISO instant such as 2026-03-01T06:00:00Z"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{PREFIX}CLOCK is not an instant ({text!r}): {example}") from None
    if instant.tzinfo is None:
        raise SettingsError(f"{PREFIX}CLOCK has no time zone ({text!r}): {example}")
    return instant.astimezone(UTC)


def check_url(url: str, variable: str) -> str:
    """`url` without a trailing slash, when it is a place a credential may be sent to.

    Raises SettingsError for plain http and private addresses (loopback is allowed both), and for
    anything beyond scheme, host and port.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise SettingsError(f"{variable} is not a URL: write scheme://host:port") from None
    if parts.scheme not in ("http", "https") or not host:
        raise SettingsError(f"{variable} is not a URL: write https://host or https://host:port")
    if parts.username or parts.password:
        raise SettingsError(f"{variable} holds a user or password: give credentials by _TOKEN")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(f"{variable} has a path: write scheme, host and port only")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError(
            f"{variable} is plain http: write https (http is for this machine alone)"
        )
    try:
        return check_base_url(f"{parts.scheme}://{parts.netloc}")
    except UnsafeUrl:  # all that is left is its address
        raise SettingsError(f"{variable} points to a private address: give a public host") from None


def _write_key_once(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        # A hard link fails where a key exists: of two runs at once, both use the first one's key.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
