"""Clicks on the plan's tracked links: those that end in an order, and the many that do not.

Every order whose journey holds a visit through a link has a click there; other clicks gather
around them and around the deal's days. Drawn once, from a stream of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.moments import DAY, day_start

if TYPE_CHECKING:
    from sandbox.facts import Facts

_IDLE_PER_ORDER = 22.0  # about one click in 23 buys
_IDLE_PER_DEAL = 30.0
_MEASURED_SHARE = 0.85  # the rest gave no consent to be measured

Instants = NDArray[np.int64]


class TrackedLink(NamedTuple):
    """A link of the plan and the first and last day of its deal."""

    link_id: str
    collaboration_id: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_content: str
    short_url: str
    starts_on: date
    ends_on: date


class Purchase(NamedTuple):
    """An order that a visit through a link ended in; `cents` in the shop's currency."""

    visited_at: int
    ordered_at: int
    cents: int


@dataclass(frozen=True)
class LinkTraffic:
    """Sorted instants of a link's clicks and of the sessions that were measured, and purchases."""

    clicks: Instants
    sessions: Instants
    purchases: tuple[Purchase, ...]


class Clicks:
    """The traffic of all links of `facts`, by link id."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @cached_property
    def links(self) -> Mapping[str, TrackedLink]:
        """Every tracked link of the plan."""
        rows = self._facts.plan().rows
        deals = {row[0]: (row[3], row[4]) for row in rows["collaborations"]}
        return {
            str(row[0]): TrackedLink._make([*(str(cell or "") for cell in row), *deals[row[1]]])
            for row in rows["links"]
        }

    @cached_property
    def traffic(self) -> Mapping[str, LinkTraffic]:
        """What happened on each link, ever."""
        rng = np.random.default_rng([self._facts.seed, 40])
        visits, purchases = self._journeys()
        found = {}
        for link in self.links.values():
            bought = np.array(visits.get(link.link_id, ()), dtype=np.int64)
            clicks = np.sort(np.concatenate([bought, *_idle(rng, link, bought)]))
            measured = clicks[rng.random(len(clicks)) < _MEASURED_SHARE]
            own = tuple(purchases.get(link.link_id, ()))
            # A purchase that is measured has a session.
            sessions = np.union1d(measured, np.array([p.visited_at for p in own], dtype=np.int64))
            found[link.link_id] = LinkTraffic(clicks, sessions, own)
        return found

    def _journeys(self) -> tuple[dict[str, list[int]], dict[str, list[Purchase]]]:
        by_utm = {
            (link.utm_campaign, link.utm_content): link.link_id for link in self.links.values()
        }
        visits: dict[str, list[int]] = {}
        purchases: dict[str, list[Purchase]] = {}
        for order in self._facts.orders.orders:
            for visit in order.visits:
                link_id = by_utm.get((visit.utm_campaign, visit.utm_content))
                if link_id is None:
                    continue
                visits.setdefault(link_id, []).append(visit.at)
                if visit == order.visits[-1] and order.number % 9:  # one in nine is not measured
                    purchase = Purchase(visit.at, order.created, order.subtotal)
                    purchases.setdefault(link_id, []).append(purchase)
        return visits, purchases


def _idle(
    rng: np.random.Generator, link: TrackedLink, bought: Instants
) -> tuple[Instants, Instants]:
    """Clicks that buy nothing: near those that do, and early in the deal."""
    near = np.repeat(bought, rng.poisson(_IDLE_PER_ORDER, len(bought)))
    near = near + (rng.normal(0.0, 0.8, len(near)) * DAY).astype(np.int64)
    begin = day_start(link.starts_on)
    length = day_start(link.ends_on) + DAY - begin
    early = begin + (rng.beta(1.0, 3.0, int(rng.poisson(_IDLE_PER_DEAL))) * length)
    return np.maximum(near, begin - 7 * DAY), early.astype(np.int64)
