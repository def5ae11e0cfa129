"""Orders that go wrong, each in one way: `docs/reliability.md` lists them by their ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from marts_world_orders import visit

BEN = visit("2026-10-04T08:00:00Z", "l-ben")
CRAWL = [BEN | {"landingPage": f"https://lumen.example/{page}"} for page in range(30)]
WON, UNKNOWN = ("code", "won"), ("code", "unknown_code")


@dataclass(frozen=True)
class Case:
    """An order of 100 euros on Monday the 5th but for `order`, and what must become of it.

    `net`: None where it does not count; `deal`: who last touch credits; `claims`: (evidence,
    reason) of each; `conflicts` between them; `before`: its subtotal when it was first seen.
    """

    net: str | None
    deal: str | None
    claims: set[tuple[str, str]]
    conflicts: set[str] = field(default_factory=set)
    subtotal: str = "100.00"
    at: str = "2026-10-05T10:00:00Z"
    before: str | None = None
    order: dict[str, Any] = field(default_factory=dict)


def coded(*codes: str, **more: Any) -> dict[str, Any]:
    return {"codes": [*codes], **more}


CASES = {
    "a refund beyond the order": Case(
        "-20.00", "d-ana", {WON}, order=coded("ANA10", refunds=["70.00", "50.00"])
    ),
    "a partial refund": Case("69.99", "d-ana", {WON}, order=coded("ANA10", refunds=["30.01"])),
    "a cancelled order": Case(
        None,
        None,
        {("code", "order_cancelled")},
        order=coded("ANA10", cancelled="2026-10-06T10:00:00Z"),
    ),
    "a voided order": Case(
        None, None, {("code", "order_voided")}, order=coded("ANA10", status="VOIDED")
    ),
    "a test order": Case(None, None, {("code", "order_test")}, order=coded("ANA10", test=True)),
    "a currency without a rate": Case(None, None, set(), order=coded("ANA10", currency="BRL")),
    # Saturday, at Friday's rate
    "a rate of a weekend": Case(
        "89.29", "d-ana", {WON}, at="2026-10-03T10:00:00Z", order=coded("ANA10", currency="USD")
    ),
    "a currency without cents": Case(
        "6.24", "d-ana", {WON}, subtotal="999", order=coded("ANA10", currency="JPY")
    ),
    "a negative order": Case("-0.05", "d-ana", {WON}, subtotal="-0.05", order=coded("ANA10")),
    "a million millions": Case(
        "1000000000000.01", "d-ana", {WON}, subtotal="1000000000000.01", order=coded("ANA10")
    ),
    "half a cent": Case(
        "0.01",
        "d-ana",
        {WON, ("link", "lost_to_later_touch")},
        {"code_against_touch"},
        subtotal="0.01",
        order=coded("ANA10", visits=[BEN]),
    ),
    "a shared code": Case(
        "100.00", None, {("code", "ambiguous_code")}, {"shared_sign"}, order=coded("SHARED")
    ),
    "a code's first deal": Case("100.00", "d-ana", {WON}, order=coded("AUTUMN")),
    "a code's next deal": Case(
        "100.00", "d-ben", {WON}, at="2026-10-11T10:00:00Z", order=coded("AUTUMN")
    ),
    # in lowercase, with blanks, a zero width space and a Cyrillic first letter
    "a code with look-alikes": Case(
        "100.00", "d-ana", {WON}, order=coded(" \u0430na 10\u200b")
    ),
    "two codes": Case(
        "100.00",
        "d-ana",
        {WON, ("code", "lost_by_tie")},
        {"several_codes"},
        order=coded("BEN10", "ANA10"),
    ),
    "a code and a link of two influencers": Case(
        "100.00",
        "d-ana",
        {WON, ("link", "lost_to_later_touch")},
        {"code_against_touch"},
        order=coded("ANA10", visits=[BEN]),
    ),
    "two influencers at once": Case(
        "100.00",
        "d-ana",
        {WON, ("link", "lost_to_stronger_evidence")},
        {"code_against_touch"},
        order=coded("ANA10", visits=[visit("2026-10-05T10:00:00Z", "l-ben")]),
    ),
    "clicks of a bot": Case(
        "100.00",
        "d-ana",
        {WON, ("link", "lost_to_later_touch")},
        {"code_against_touch"},
        order=coded("ANA10", visits=CRAWL),
    ),
    "a self-referral": Case(
        "100.00",
        None,
        {("link", "self_referral")},
        order={"visits": [BEN | {"referrerUrl": "https://www.lumen.example/blog"}]},
    ),
    "a code outside its period": Case(
        "100.00",
        None,
        {("code", "code_not_valid")},
        at="2026-10-08T10:00:00Z",
        order=coded("ANA10"),
    ),
    "an unknown code": Case("100.00", None, {UNKNOWN}, order=coded("FREESHIP")),
    "a click before the collaboration": Case(
        "100.00",
        None,
        {("link", "before_collaboration")},
        order={"visits": [visit("2026-09-30T21:00:00Z", "l-ben")]},
    ),
    "an edit after the order was settled": Case(
        "115.00", "d-ana", {WON}, subtotal="115.00", before="100.00", at="2026-10-01T10:00:00Z",
        order=coded("ANA10", updated="2026-11-09T10:00:00Z"),
    ),
    "a click that only some windows hold": Case(
        "100.00",
        "d-ben",
        {("link", "won")},
        order={"visits": [visit("2026-10-01T08:00:00Z", "l-ben")]},
    ),
}  # fmt: skip
IDS = {name: f"o{number}" for number, name in enumerate(CASES, 1)}
COUNTED = {name: one for name, one in CASES.items() if one.net is not None}
