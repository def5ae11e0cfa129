"""What no row of a report can say, table by table: conditions in SQL that are never true."""

from __future__ import annotations

_ENGAGEMENT = """
    coverage not between 0 and 1
    or least(views_coverage, reach_coverage, er_followers_coverage) < 0
    or greatest(views_coverage, reach_coverage, er_followers_coverage) > 1
    or least(views, reach_post_summed, engagements, link_clicks) < 0
    or least(er_followers, er_reach, er_views, er_median, cpe, cpm_reach, cpm_views, cpv, cpc) < 0
    or er_vs_own_baseline not between er_vs_own_baseline_lo and er_vs_own_baseline_hi
"""
IMPOSSIBLE: dict[str, str] = {
    "fct_account_anomalies": "limit_exceeded <= 1",
    "fct_post_engagement": (
        "least(views, reach, likes, comments, shares, saves, engagements, er_followers) < 0"
    ),
    "rpt_candidate_backtest": """
        rank_correlation not between -1 and 1
        or rank_correlation not between rank_correlation_lo and rank_correlation_hi
    """,
    "rpt_engagement": _ENGAGEMENT,
    "rpt_influencer_engagement": _ENGAGEMENT,
    "rpt_relationships": "least(posts_still_due, sponsored_posts, cost_to_date) < 0",
    "rpt_tier_benchmarks": """
        least(er_followers, ratio_to_macro) < 0
        or er_followers not between er_followers_lo and er_followers_hi
        or roi_margin not between roi_margin_lo and roi_margin_hi
        or ratio_to_macro not between ratio_to_macro_lo and ratio_to_macro_hi
    """,
}
