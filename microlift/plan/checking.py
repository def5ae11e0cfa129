"""Faults that only show between rows: doubled keys, references to nothing, reversed or overlapping
periods. Given valid rows with their lines, it answers with every problem found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from microlift.plan.codes import compared
from microlift.plan.currencies import DECIMALS
from microlift.plan.problems import Problem
from microlift.plan.reading import Line
from microlift.plan.rows import BRAND, FILES

Tables = Mapping[str, list[Line]]


def check_tables(tables: Tables, broken: set[str]) -> list[Problem]:
    """All problems between rows. A file in `broken` lost rows of its own, so nothing that points
    to it is called unknown: that would report one fault many times."""
    problems: list[Problem] = []
    for name, lines in tables.items():
        problems += _doubled(name, lines)
        problems += _reversed(name, lines)
        problems += _unknown(name, lines, tables, broken)
    problems += _unknown_owners(tables, broken)
    problems += _overlaps("codes", "code", tables["codes"], lambda row: (compared(row.code),))
    problems += _overlaps(
        "accounts", "account_id", tables["accounts"], lambda row: (row.platform, row.account_id)
    )
    problems += _overlaps(
        "accounts",
        "handle",
        tables["accounts"],
        lambda row: (row.platform, row.handle.lstrip("@").casefold()),
        unless_same="account_id",
    )
    problems += _half_pairs(tables)
    problems += _dues(tables)
    problems += _merges(tables)
    problems += _too_fine("costs", "amount", tables["costs"])
    problems += _too_fine("campaigns", "budget", tables["campaigns"])
    return problems


def _doubled(name: str, lines: list[Line]) -> Iterable[Problem]:
    key = FILES[name].key
    first: dict[tuple[str, ...], int] = {}
    for line in lines:
        value = tuple(str(getattr(line.row, part)) for part in key)
        if key and value in first:
            yield Problem(
                f"{name}.csv",
                line.number,
                key[-1],
                f"{value[-1]!r} stands already on line {first[value]}",
                "give each row its own, or remove one",
            )
        first.setdefault(value, line.number)


def _reversed(name: str, lines: list[Line]) -> Iterable[Problem]:
    for line in lines:
        for start, end in FILES[name].periods:
            begins, ends = getattr(line.row, start), getattr(line.row, end)
            if begins is not None and ends is not None and ends < begins:
                fault = f"{ends} lies before {start} {begins}"
                yield Problem(f"{name}.csv", line.number, end, fault, "swap or mend the dates")


def _unknown(name: str, lines: list[Line], tables: Tables, broken: set[str]) -> Iterable[Problem]:
    for field, target in FILES[name].refers.items():
        if target in broken:
            continue
        known = {getattr(line.row, field) for line in tables[target]}
        for line in lines:
            value = getattr(line.row, field)
            if value not in known:
                yield Problem(
                    f"{name}.csv",
                    line.number,
                    field,
                    f"{value!r} is not in {target}.csv",
                    "add it there or mend it here",
                )


def _unknown_owners(tables: Tables, broken: set[str]) -> Iterable[Problem]:
    known = {line.row.influencer_id for line in tables["influencers"]}
    for line in tables["influencers"]:
        if line.row.influencer_id == BRAND:
            fault = "'brand' means the brand itself"
            yield Problem("influencers.csv", line.number, "influencer_id", fault, "rename it")
    for line in tables["accounts"]:
        owner = line.row.owner_id
        if owner != BRAND and owner not in known and "influencers" not in broken:
            yield Problem(
                "accounts.csv",
                line.number,
                "owner_id",
                f"{owner!r} is not in influencers.csv",
                f"add it there, mend it here, or write {BRAND} for the brand's own account",
            )


def _overlaps(
    name: str, field: str, lines: list[Line], group: Any, unless_same: str | None = None
) -> Iterable[Problem]:
    groups: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in lines:
        groups[group(line.row)].append(line)
    for members in groups.values():
        first_one, *others = sorted(members, key=lambda line: (_start(line), line.number))
        latest = first_one
        for line in others:
            earlier, latest = latest, max(latest, line, key=_end)
            if _start(line) > _end(earlier):
                continue
            if unless_same and getattr(earlier.row, unless_same) == getattr(line.row, unless_same):
                continue
            first, second = sorted((earlier, line), key=lambda line: line.number)
            yield Problem(
                f"{name}.csv",
                second.number,
                field,
                f"{getattr(second.row, field)!r} overlaps in time with line {first.number}",
                "end one period before the other begins",
            )


def _half_pairs(tables: Tables) -> Iterable[Problem]:
    for line in tables["costs"]:
        row = line.row
        if (row.spread_from is None) != (row.spread_to is None):
            field = "spread_to" if row.spread_to is None else "spread_from"
            yield Problem("costs.csv", line.number, field, "is empty", "fill in both days or none")
        if row.cost_type == "commission" and row.paid_on is None:
            fault, mend = "is empty beside a payout of commission", "write when it was paid"
            yield Problem("costs.csv", line.number, "paid_on", fault, mend)
    for line in tables["campaigns"]:
        row = line.row
        if row.budget is not None and row.currency_code is None:
            fault, mend = "is empty beside a budget", "write the budget's currency"
            yield Problem("campaigns.csv", line.number, "currency_code", fault, mend)
    for line in tables["links"]:
        row = line.row
        if not (row.utm_campaign or row.utm_content or row.utm_source or row.short_url):
            fault = "nothing to recognise the link by"
            mend = "fill in a utm_ column or short_url"
            yield Problem("links.csv", line.number, "short_url", fault, mend)


def _dues(tables: Tables) -> Iterable[Problem]:
    """Days by which posts are due that say of how many, and do not lie before their deal."""
    for line in tables["collaborations"]:
        row = line.row
        if row.posts_due_on is None:
            continue
        if row.posts_due is None:
            fault, mend = "is empty beside posts_due_on", "write how many posts are due"
            yield Problem("collaborations.csv", line.number, "posts_due", fault, mend)
        if row.posts_due_on < row.starts_on:
            fault = f"{row.posts_due_on} lies before starts_on {row.starts_on}"
            yield Problem("collaborations.csv", line.number, "posts_due_on", fault, "mend the day")


def _merges(tables: Tables) -> Iterable[Problem]:
    """Merges into nobody and round in a circle."""
    into = {line.row.influencer_id: line.row.merged_into for line in tables["influencers"]}
    for line in tables["influencers"]:
        target = line.row.merged_into
        if target is None:
            continue
        if target not in into:
            fault, mend = f"{target!r} is not in influencers.csv", "add it there or mend it here"
            yield Problem("influencers.csv", line.number, "merged_into", fault, mend)
            continue
        seen = {line.row.influencer_id}
        while target is not None and target not in seen:
            seen.add(target)
            target = into.get(target)
        if target == line.row.influencer_id:
            fault = f"{line.row.influencer_id!r} ends up as itself"
            mend = "leave merged_into empty for the one that stays"
            yield Problem("influencers.csv", line.number, "merged_into", fault, mend)


def _too_fine(name: str, field: str, lines: list[Line]) -> Iterable[Problem]:
    """Amounts with decimals in a currency that has none: mostly another currency's amount."""
    for line in lines:
        amount, code = getattr(line.row, field), line.row.currency_code
        if amount is None or code is None or DECIMALS[code] or amount == amount.to_integral_value():
            continue
        fault = f"{amount} has decimals, {code} has none"
        mend = "round it, or mend currency_code"
        yield Problem(f"{name}.csv", line.number, field, fault, mend)


def _start(line: Line) -> date:
    return getattr(line.row, "valid_from", None) or date.min


def _end(line: Line) -> date:
    return getattr(line.row, "valid_to", None) or date.max
