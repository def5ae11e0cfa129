"""Is a setting of the right form, and where does it stand? Told before a vendor is asked.

Each fault comes with the mend; no value of a secret is part of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ingest.auth import tokens_by_account
from ingest.registry import SOURCES
from microlift.settings import PREFIX, SourceSettings

ENV_FILE = ".env"
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
# (settings, name): the form, what it is not when it does not match, an example.
_FORMS = {
    ("youtube", "quota"): (r"\d+", "a number of units a day", "10000"),
    ("shopify", "bulk_days"): (r"\d+", "a number of days", "7"),
    ("shopify", "shop"): (r"[A-Za-z0-9][A-Za-z0-9-]*", "the shop's name", "lumen"),
    ("ga4", "property"): (r"(properties/)?\d+", "the number of a property", "123456789"),
    ("impact", "campaign"): (r"\d+", "the number of a campaign", "12345"),
}


def faults(held: SourceSettings) -> Iterator[tuple[str, str, str]]:
    """(variable, fault, mend) of one vendor's settings."""
    values = {**held.options, **{name: secret.reveal() for name, secret in held.secrets.items()}}
    by_account = any(
        one.has_token_by_account for one in SOURCES.values() if one.settings_name == held.name
    )
    for name, value in values.items():
        variable = f"{PREFIX}{held.name}_{name}".upper()
        pattern, what, example = _FORMS.get((held.name, name), ("", "", ""))
        if pattern and not re.fullmatch(pattern, value):
            yield variable, f"is not {what}: {value!r}", f"write it such as {example}"
        elif name == "key_file":
            yield from _key_file(variable, Path(value).expanduser())
        elif name == "token" and by_account and not tokens_by_account(value):
            yield variable, "holds no pair", "write account_id=token,account_id=token"
        elif name in held.secrets and re.search(r"[^\x21-\x7e]", value):
            yield variable, "holds a space or a character that no token has", "copy it anew"


def halves(held: SourceSettings) -> tuple[str, str, str] | None:
    """(variable, fault, mend) where some of a vendor's credentials are there and others are not."""
    for source in SOURCES.values():
        credentials = {*source.needs, *(n for names in source.instead.values() for n in names)}
        there = sorted(credentials & {*held.secrets, *held.options})
        if source.settings_name == held.name and there and held.missing(source):
            variable = f"{PREFIX}{held.name}_{there[0]}".upper()
            return variable, "is set, but not all that belongs to it", held.mend(source)
    return None


def _key_file(variable: str, path: Path) -> Iterator[tuple[str, str, str]]:
    mend = "name the JSON key of a service account, as Google gave it"
    try:
        key = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        yield variable, "names a file that cannot be read", mend
    except ValueError:
        yield variable, "names a file that is not JSON", mend
    else:
        if not isinstance(key, dict) or not {"client_email", "private_key"} <= {*key}:
            yield variable, "names a file that is no key of a service account", mend


def env_lines(folder: Path) -> dict[str, int]:
    """By variable, the line of `folder`/.env that sets it last; empty where there is no file."""
    return {name: number for number, name, value in _lines(folder) if name and value}


def env_faults(folder: Path, environ: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    """(line, fault, mend) of `folder`/.env: what a shell would not read, or has not."""
    for number, name, value in _lines(folder):
        if not name:
            yield number, "is not NAME=value, without spaces around =", "correct or remove the line"
        elif re.search(r"\s", value) and value[0] not in "\"'":
            yield number, f"{name} has a space and no quotes", f"write {name}='...'"
        elif value and name.startswith(PREFIX) and name not in environ:
            yield number, f"{name} is not loaded", "run  set -a && . ./.env && set +a"


def _lines(folder: Path) -> Iterator[tuple[int, str, str]]:
    try:
        text = (folder / ENV_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            match = _LINE.fullmatch(line)
            value = re.sub(r"(^|\s)#.*", "", match[2]).strip() if match else ""
            yield number, match[1] if match else "", value
