"""The fetch step: the plan and every source into the landing zone.

Sources are fetched side by side in threads; each writes files of its own and none needs the
database. One that fails is a line in the report and does not stop the others.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

import microlift
from ingest import plan_source
from ingest.auth import AuthByAccount, FixedAuth, RenewableAuth, secrets_in, tokens_by_account
from ingest.errors import IngestError, Unauthorised
from ingest.http import Client
from ingest.job import ALL_KINDS, Account, FetchJob
from ingest.landing import Landing
from ingest.registry import SOURCES
from microlift.errors import SettingsError, UsageError
from microlift.failures import forget_failure, note_failure
from microlift.settings import PREFIX, Settings, SourceSettings
from microlift.windows import Window, find_cover, next_window, quota_used, still_pending

if TYPE_CHECKING:
    from ingest.manifest import Manifest
    from ingest.streams import Source
    from microlift.plan.plan import Plan

log = logging.getLogger(__name__)

LANDING = "landing"
TOKENS = "tokens"
_HOST_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")

Say = Callable[[str], None]


@dataclass(frozen=True)
class SourceResult:
    """What became of one source. `error` is there when it failed; the message is for people."""

    source: str
    status: Literal["fetched", "covered", "skipped", "failed"]
    message: str
    window: Window | None = None
    fetch_id: str | None = None
    pages: int = 0
    problems: int = 0
    seconds: float = 0.0
    error: Exception | None = None

    def __str__(self) -> str:
        return f"{self.source}: {self.status}, {self.message}"


@dataclass(frozen=True)
class FetchReport:
    """What one fetch step did."""

    sources: tuple[SourceResult, ...]

    @property
    def failed(self) -> list[SourceResult]:
        """The sources that failed."""
        return [result for result in self.sources if result.status == "failed"]


def fetch(
    settings: Settings,
    plan: Plan,
    *,
    sources: Collection[str] = (),
    since: date | None = None,
    until: date | None = None,
    kinds: frozenset[str] = ALL_KINDS,
    again: bool = False,
    say: Say = log.info,
) -> FetchReport:
    """Fetch `sources` (all when none is named) from `since` to `until` (UTC days, both included).

    Without `since` each source goes on where it ended (see `windows.next_window`). What was asked
    already today is not asked again unless `again`. A source without its credential is skipped.
    Raises UsageError for an unknown source or a day to come; vendors' failures are in the report.
    """
    wanted = _choose(sources)
    if since is not None and until is not None and since > until:
        raise UsageError(f"--from {since} lies after --to {until}")
    today = settings.now().date()
    if since is not None and since > today:
        raise UsageError(f"--from {since} lies in the future (today is {today}, UTC)")
    land_plan(settings, plan)
    landing = Landing(settings.home / LANDING)

    def run(source: Source) -> SourceResult:
        result = fetch_source(
            settings, plan, source, landing, since=since, until=until, kinds=kinds, again=again
        )
        say(str(result))
        return result

    with threads(len(wanted)) as pool:
        return FetchReport(tuple(pool.map(run, wanted)))


def land_plan(settings: Settings, plan: Plan) -> None:
    """Put the plan into the landing zone, unless it is the one that landed last."""
    landing = Landing(settings.home / LANDING)
    plan_source.land_plan(landing, plan.tables, settings.now(), settings.is_simulated)


@contextmanager
def threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool that an interrupt does not wait for: a vendor may take minutes to answer, and what
    a fetch leaves behind half-written is removed by the next one."""
    pool = ThreadPoolExecutor(count, "fetch")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def fetch_source(
    settings: Settings,
    plan: Plan,
    source: Source,
    landing: Landing,
    *,
    manifests: Sequence[Manifest] | None = None,
    since: date | None = None,
    until: date | None = None,
    kinds: frozenset[str] = ALL_KINDS,
    again: bool = False,
) -> SourceResult:
    """Fetch one source; never raises, so that one vendor's trouble stays its own."""
    started = time.monotonic()
    wanted = kinds & {stream.kind for stream in source.streams}
    held, now = settings.source(source.settings_name), settings.now()
    if held.missing(source):
        return SourceResult(source.name, "skipped", held.mend(source))
    if not wanted:
        return SourceResult(source.name, "skipped", f"has no {' or '.join(sorted(kinds))} streams")
    if manifests is None:
        manifests = landing.fetches(source.name)
    window = next_window(source, manifests, now, since, until)
    is_new = again or source.is_always_new
    cover = None if is_new else find_cover(manifests, window, kinds, plan.hash, now)
    if cover is not None:
        message = f"{window} was fetched today (--again fetches it once more)"
        forget_failure(settings.home, source.name)
        return SourceResult(source.name, "covered", message, window, cover.fetch_id)
    job = FetchJob(
        since=window.since,
        until=window.until,
        now=now,
        accounts=_accounts(plan, now, source, held),
        track_posts_days=plan.brand.track_posts_days,
        kinds=kinds,
        options=held.options,
        links=plan.links_since(window.since),
        used=quota_used(manifests, source.quota_time_zone, now),
        pending=still_pending(manifests),
        survey_metafield=plan.brand.survey_metafield,
        candidate_followers=plan.brand.candidate_followers,
    )
    try:
        _check_pairs(source, held, job.accounts)
        manifest = _fetch_pages(settings, plan, source, landing, job)
    except (IngestError, SettingsError, OSError) as error:
        return _failure(settings, source, window, error, started)
    except Exception as error:  # a fault in one vendor's client must not stop the other vendors
        log.exception("%s: unexpected", source.name)
        return _failure(settings, source, window, error, started)
    forget_failure(settings.home, source.name)
    pages = sum(stream.pages for stream in manifest.streams.values())
    refused = f", {len(manifest.problems)} refused by the vendor" if manifest.problems else ""
    return SourceResult(
        source.name,
        "fetched",
        f"{window}, {pages} pages{refused}",
        window,
        manifest.fetch_id,
        pages,
        len(manifest.problems),
        time.monotonic() - started,
    )


def _fetch_pages(
    settings: Settings, plan: Plan, source: Source, landing: Landing, job: FetchJob
) -> Manifest:
    with ExitStack() as open_clients:
        client = _client(settings, source, open_clients)
        with landing.begin(
            source,
            job,
            plan.hash,
            settings.is_simulated,
            microlift.__version__,
            # What is asked anew at every call shows what is there now.
            resumes=not source.is_always_new,
        ) as writer:
            client.recall = writer.recall
            source.fetch(client, writer.job, writer)
            return writer.commit()


def _client(settings: Settings, source: Source, open_clients: ExitStack) -> Client:
    """The client of one fetch; it and its helper for tokens are closed with `open_clients`."""
    held = settings.source(source.settings_name)
    credentials = {name: secret.reveal() for name, secret in held.secrets.items()}

    def client(url: str, *, reads_secrets: bool = False) -> Client:
        made = Client(
            url,
            # A stand-in has no quota to protect; the vendor's own host has.
            rate=None if held.url else source.rate,
            max_wait=source.max_wait,
            clock=settings.clock,
            secrets=secrets_in(credentials),
            classify=source.classify,
            pace=source.pace,
            reads_secrets=reads_secrets,
            max_retries=source.max_retries,
        )
        open_clients.callback(made.close)
        return made

    url = held.url or _vendor_url(source, held.options)
    found, main = {**held.options, **credentials}, client(url)
    is_given = "token" in credentials and ("token",) in source.instead.values()
    if source.renew is None or is_given:
        is_shared = not source.has_token_by_account
        main.auth = (
            FixedAuth(source.headers(found)) if is_shared else AuthByAccount(found, source.headers)
        )
        return main
    asker = client(held.url or source.token_url or url, reads_secrets=True)

    def learn(secrets: list[str]) -> None:
        main.learn(secrets)
        asker.learn(secrets)

    path = settings.home / TOKENS / f"{source.settings_name}.json"
    main.auth = RenewableAuth(
        found, source.headers, renew=source.renew, client=asker, path=path, learn=learn
    )
    return main


def _accounts(
    plan: Plan, now: datetime, source: Source, held: SourceSettings
) -> tuple[Account, ...]:
    """The platform's accounts of the plan; where each has a token of its own, those that do."""
    accounts = plan.accounts_at(now, source.platform or source.name)
    if not source.has_token_by_account or "token" not in held.secrets:
        return accounts
    tokens = tokens_by_account(held.secrets["token"].reveal())
    return tuple(replace(a, is_authorised=a.account_id in tokens) for a in accounts)


def _check_pairs(source: Source, held: SourceSettings, accounts: tuple[Account, ...]) -> None:
    """SettingsError when tokens by account let in nobody, which would look like a quiet night."""
    if not source.has_token_by_account or "token" not in held.secrets:
        return
    variable = f"{PREFIX}{source.settings_name.upper()}_TOKEN"
    if not tokens_by_account(held.secrets["token"].reveal()):
        raise SettingsError(f"{variable} holds no pair: write account_id=token,account_id=token")
    if not any(account.is_authorised for account in accounts):
        raise SettingsError(
            f"no account of {variable} is one of the plan's: correct account_id there or in"
            " accounts.csv"
        )


def _vendor_url(source: Source, options: Mapping[str, str]) -> str:
    for name in source.needs:
        # What becomes part of a host name must not be able to turn it into another host.
        if f"{{{name}}}" in source.url and not _HOST_PART.fullmatch(options.get(name, "")):
            variable = f"{PREFIX}{source.settings_name.upper()}_{name.upper()}"
            raise SettingsError(f"{variable} is not a name: write letters, digits and - only")
    return source.url.format_map(options)


def _choose(names: Collection[str]) -> list[Source]:
    unknown = sorted({*names} - {*SOURCES})
    if unknown:
        raise UsageError(f"no source {', '.join(unknown)}: there are {', '.join(SOURCES)}")
    return [source for name, source in SOURCES.items() if not names or name in names]


def _failure(
    settings: Settings, source: Source, window: Window, error: Exception, started: float
) -> SourceResult:
    with suppress(OSError):  # a full disk may be what the error says
        note_failure(settings.home, source.name, settings.now(), error)
    message = str(error) or type(error).__name__
    if isinstance(error, Unauthorised):
        name = source.settings_name
        held = settings.source(name).secrets
        variables = " and ".join(f"{PREFIX}{name}_{part}".upper() for part in sorted(held))
        message = f"{message} - check {variables}, see docs/sources/{name}.md"
    return SourceResult(
        source.name,
        "failed",
        f"{window}: {message}",
        window,
        seconds=time.monotonic() - started,
        error=error,
    )
