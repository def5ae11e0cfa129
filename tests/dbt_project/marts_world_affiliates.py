"""The affiliate actions of `marts_world.py`, as impact.com sends them. Each is for one rule."""

from __future__ import annotations

from typing import Any


def action(number: int, order: str, clicked: str, **more: Any) -> dict[str, Any]:
    """An action on an order, whose click was at an instant with an offset."""
    return {
        "Id": f"1000.4636.{number}",
        "State": more.get("state", "PENDING"),
        "Amount": more.get("amount", 20.0),
        "Payout": "2.00",
        "Currency": "USD",
        "ReferringDate": clicked,
        "LockingDate": "2026-11-26T00:00:00-07:00",
        "PromoCode": more.get("code", ""),
        "Oid": order,
        "CustomerId": "77",
        "SharedId": more.get("shared", ""),
    }


def affiliate_actions() -> list[dict[str, Any]]:
    """Four actions, as they stand in the end."""
    return [
        # nothing else counts on this order
        action(1, "3", "2026-10-07T02:00:00-07:00", shared="l-ana"),
        # the click that the shop saw too, in the same second
        action(2, "#2", "2026-10-01T01:00:00-07:00", shared="d-ben", amount="119.00"),
        # later than the winner, and undone
        action(3, "9", "2026-10-06T01:00:00-07:00", shared="d-ana", state="REVERSED"),
        # an order of somebody else's shop
        action(4, "#404", "2026-10-06T01:00:00-07:00", shared="d-ana"),
    ]
