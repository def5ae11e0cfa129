"""What the marts of one world say, held against its truth; and the sums over many worlds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from leaks import MENTIONED_ORDERS, MENTIONS
from marts import built
from shares import share
from worlds import NEW_CUSTOMERS, Influencer, Kind, World

if TYPE_CHECKING:
    import duckdb
    from compiled import Model

_RATIOS = ("roi_margin", "roas", "cpa_order", "ncac")
_REPORT = """
select influencer_id, orders, p_roi_positive, versus_peers, roi_margin_q25, roi_margin_q75,
    roi_margin_lo, roi_margin_hi, roas_lo, roas_hi, cpa_order_lo, cpa_order_hi, ncac_lo, ncac_hi
from marts.rpt_influencer_roi
where is_default
"""
_CAMPAIGNS = """
select campaign_id, roi_margin_lo, roi_margin_hi from marts.rpt_campaign_roi where is_default
"""
_CREDITS = """
select attribution_model, lookback_days, order_id, collaboration_id, net_revenue::double
from marts.fct_order_credits
"""
_RETURNS = """
select attribution_model, lookback_days, is_default, influencer_id, roi_margin_lo, roi_margin_hi
from marts.rpt_influencer_roi
where roi_margin_lo is not null
"""
_LEAKS = "select distinct order_id from intermediate.int_order_leaks where is_leaked"


class Covered(NamedTuple):
    """One interval: the orders to be expected, those seen, and whether it held the truth; and
    whether a part of the cost was commission."""

    ratio: str
    expected: float
    seen: float
    held: bool
    on_commission: bool = False


class Placed(NamedTuple):
    """Where the truth lies of one interval of roi_margin, by one model and window, whose evidence
    is as shops see it; and the orders that were to be expected, mentions aside."""

    view: tuple[str, int]
    is_default: bool
    expected: float
    truth: Literal["below", "inside", "above"]


@dataclass
class Credit:
    """Euros over all worlds, for one model and window."""

    caused: float = 0.0
    credited: float = 0.0
    rightly: float = 0.0


@dataclass
class Score:
    """The figures of one world, or of many when added up."""

    intervals: list[Covered] = field(default_factory=list)
    missing: int = 0  # influencers with a known cost and no interval
    positive: list[tuple[float, bool]] = field(default_factory=list)  # (p_roi_positive, truly so)
    led_by_luck: list[bool] = field(default_factory=list)  # per world of identical influencers
    better: list[float] = field(default_factory=list)  # of those called better, the true factor
    placed: list[Placed] = field(default_factory=list)  # of worlds with evidence
    credits: dict[tuple[str, int], Credit] = field(default_factory=dict)
    leaks: dict[str | None, list[int]] = field(default_factory=dict)  # way: orders, flagged

    def __iadd__(self, other: Score) -> Score:
        self.intervals += other.intervals
        self.missing += other.missing
        self.positive += other.positive
        self.led_by_luck += other.led_by_luck
        self.better += other.better
        self.placed += other.placed
        for view, credit in other.credits.items():
            mine = self.credits.setdefault(view, Credit())
            mine.caused += credit.caused
            mine.credited += credit.credited
            mine.rightly += credit.rightly
        for way, counts in other.leaks.items():
            before = self.leaks.setdefault(way, [0, 0])
            self.leaks[way] = [had + new for had, new in zip(before, counts, strict=True)]
        return self


def score_world(kind: Kind, seed: int, models: Sequence[Model]) -> Score:
    """Build one world's marts and judge them."""
    world = World(kind, seed)
    with built(world, models) as con:
        if kind == "evidence":
            return _of_evidence(world, con)
        return _of_report(world, con)


def _of_report(world: World, con: duckdb.DuckDBPyConnection) -> Score:
    score = Score()
    rows = con.execute(_REPORT).fetchall()
    standings = [versus for _, _, _, versus, *_ in rows]
    if world.kind == "identical":
        score.led_by_luck.append("better" in standings)
        return score
    for name, orders, p_positive, versus, q25, q75, *bounds in rows:
        person = world.by_name[name]
        truths = _truths(person)
        if bounds[0] is None:
            score.missing += 1
            continue
        pairs = list(zip(bounds[::2], bounds[1::2], strict=True))
        for ratio, (low, high) in zip(_RATIOS, pairs, strict=True):
            held = (low is None or low <= truths[ratio]) and (high is None or truths[ratio] <= high)
            score.intervals.append(
                Covered(
                    ratio, person.expected_orders, float(orders), held, person.commission_rate > 0
                )
            )
        inner = q25 <= truths["roi_margin"] <= q75
        score.intervals.append(Covered("inner", person.expected_orders, float(orders), inner))
        score.positive.append((float(p_positive), truths["roi_margin"] > 0))
        if versus == "better":
            peers = 1 + world.campaign_roi(person.campaign)
            score.better.append((1 + person.roi_margin) / peers)
    for campaign, low, high in con.execute(_CAMPAIGNS).fetchall():
        held = low <= world.campaign_roi(campaign) <= high
        expected = sum(p.expected_orders for p in world.influencers if p.campaign == campaign)
        score.intervals.append(Covered("campaign", expected, expected, held))
    return score


def _truths(person: Influencer) -> dict[str, float]:
    cost = person.expected_cost
    return {
        "roi_margin": person.roi_margin,
        "roas": person.expected_net / cost,
        "cpa_order": cost / person.expected_kept,
        # what was given back is an order of a new customer all the same
        "ncac": cost / (person.expected_orders * NEW_CUSTOMERS),
    }


def _of_evidence(world: World, con: duckdb.DuckDBPyConnection) -> Score:
    score = Score(placed=[_placed(world, row) for row in con.execute(_RETURNS).fetchall()])
    causes = {f"o{order.number}": order.cause for order in world.orders}
    caused = sum(order.value - order.refund for order in world.orders if order.cause)
    for model, window, order_id, deal, net in con.execute(_CREDITS).fetchall():
        credit = score.credits.setdefault((model, window), Credit(caused=caused))
        if deal is not None:
            credit.credited += net
            credit.rightly += net if causes[order_id] == deal else 0
    flagged = {order_id for (order_id,) in con.execute(_LEAKS).fetchall()}
    for order in world.orders:
        if order.code:
            counts = score.leaks.setdefault(order.leak, [0, 0])
            counts[0] += 1
            counts[1] += f"o{order.number}" in flagged
    return score


def _placed(world: World, row: tuple[Any, ...]) -> Placed:
    """The mart's row knows what was credited; the truth is what is expected to be caused."""
    model, window, is_default, name, low, high = row
    person = world.by_name[name]
    # Mentions that nobody recorded are the influencer's work as well.
    expected = person.expected_orders * (1 + MENTIONS * MENTIONED_ORDERS)
    truth = replace(person, expected_orders=expected).roi_margin
    side: Literal["below", "inside", "above"] = (
        "below" if truth < low else "above" if truth > high else "inside"
    )
    return Placed((model, window), is_default, person.expected_orders, side)


def coverage(intervals: Iterable[Covered]) -> tuple[float, int]:
    """The share of intervals that held the truth, and how many there are."""
    return share(interval.held for interval in intervals)
