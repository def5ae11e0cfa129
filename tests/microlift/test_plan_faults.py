"""Each way to break a plan, with the exact message of file, line, field and mend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from plan_edits import edit, problems_of, write

ID_MEND = "use letters, digits and _ - . : / only"
NUMBER_MEND = "write digits with a point for decimals, such as 1250.50"
UNKNOWN_MEND = "add it there or mend it here"
BROKEN = {
    "missing file": (
        lambda plan: (plan / "codes.csv").unlink(),
        "codes.csv: is missing; create it (code,collaboration_id,valid_from,valid_to)",
    ),
    "missing brand": (
        lambda plan: (plan / "brand.yml").unlink(),
        "brand.yml: is missing; create it",
    ),
    "empty file": (
        write("links.csv", b""),
        "links.csv: is empty; write at least its first line",
    ),
    "comments only": (
        write("codes.csv", b"# nothing\n"),
        "codes.csv: has no header; begin with code,collaboration_id,valid_from,valid_to",
    ),
    "mistyped file": (
        write("cost.csv", b"x\n"),
        "cost.csv: is not a file of the plan; rename it to one of accounts.csv, campaigns.csv,"
        " codes.csv, collaborations.csv, costs.csv, influencers.csv, interactions.csv,"
        " links.csv, posts.csv, or move it out of the plan",
    ),
    "unknown column": (
        edit("codes.csv", "code,collaboration_id,valid_from,valid_to",
             "code,collaboration_id,valid_from,valid_to,owner"),
        "codes.csv:2: owner: is not a column of this file; remove or rename it",
    ),
    "missing column": (
        write("codes.csv", b"code,collaboration_id,valid_from\nX,spring-ava,\n"),
        "codes.csv:1: valid_to: is no column here; add it to the header",
    ),
    "column twice": (
        write("codes.csv", b"code,collaboration_id,valid_from,valid_to,code\n"),
        "codes.csv:1: code: stands twice in the header; keep one of them",
    ),
    "semicolons": (
        write("codes.csv", b"code;collaboration_id;valid_from;valid_to\n"),
        "codes.csv:1: is not separated by commas; save it as comma csv",
    ),
    "utf-16": (
        write("codes.csv", "code,collaboration_id\n".encode("utf-16")),
        "codes.csv: is written in UTF-16; save it as UTF-8",
    ),
    "latin-1": (
        write("influencers.csv",
              "influencer_id,name,country,category\nava,Ava,SE,\nmilo,M\xfcller,DE,\n"
              .encode("latin-1")),
        "influencers.csv:3: is not written in UTF-8; save it as UTF-8",
    ),
    "ragged row": (
        edit("costs.csv", "c-003,spring-milo,fee,650.00", "c-003,spring-milo,fee,650,00"),
        "costs.csv:6: has 10 fields, the header 9;"
        " add or remove commas, or quote a field that holds one",
    ),
    "open quote": (
        edit("influencers.csv", "milo,Milo Brandt", 'milo,"Milo Brandt'),
        "influencers.csv:4: has a quote that does not close;"
        ' close the quote on this line (a quote inside a field is written "")',
    ),
    "required field empty": (
        edit("influencers.csv", "milo,Milo Brandt,", "milo,,"),
        "influencers.csv:4: name: is empty; fill it in",
    ),
    "wrong id": (
        edit("influencers.csv", "milo,Milo", "mi lo,Milo"),
        f"influencers.csv:4: influencer_id: 'mi lo' is not an id; {ID_MEND}",
    ),
    "wrong date": (
        edit("campaigns.csv", "2026-03-01", "01.03.2026"),
        "campaigns.csv:3: starts_on: '01.03.2026' is not a date; write it as YYYY-MM-DD",
    ),
    "impossible date": (
        edit("campaigns.csv", "2026-04-30", "2026-04-31"),
        "campaigns.csv:3: ends_on: '2026-04-31' is not a date; write it as YYYY-MM-DD",
    ),
    "dates reversed": (
        edit("campaigns.csv", "2026-04-30", "2026-02-28"),
        "campaigns.csv:3: ends_on: 2026-02-28 lies before starts_on 2026-03-01;"
        " swap or mend the dates",
    ),
    "spread reversed": (
        edit("costs.csv", "2026-03-01,2026-04-30", "2026-03-01,2026-02-01"),
        "costs.csv:4: spread_to: 2026-02-01 lies before spread_from 2026-03-01;"
        " swap or mend the dates",
    ),
    "half a spread": (
        edit("costs.csv", "2026-03-01,2026-04-30", "2026-03-01,"),
        "costs.csv:4: spread_to: is empty; fill in both days or none",
    ),
    "payout without its day": (
        edit("costs.csv", "c-003,spring-milo,fee", "c-003,spring-milo,commission"),
        "costs.csv:6: paid_on: is empty beside a payout of commission; write when it was paid",
    ),
    "wrong amount": (
        edit("costs.csv", "42.50", "42.50 EUR"),
        f"costs.csv:5: amount: '42.50 EUR' is not an amount; {NUMBER_MEND}",
    ),
    "not a number": (
        edit("costs.csv", "42.50", "NaN"),
        f"costs.csv:5: amount: 'NaN' is not an amount; {NUMBER_MEND}",
    ),
    "negative amount": (
        edit("costs.csv", "42.50", "-42.50"),
        "costs.csv:5: amount: '-42.50' is negative; write 0 or more",
    ),
    "half cents": (
        edit("costs.csv", "42.50", "42.505"),
        "costs.csv:5: amount: '42.505' has more than two decimals; round it to the cent",
    ),
    "wrong cost type": (
        edit("costs.csv", ",product,", ",gift,"),
        "costs.csv:5: cost_type: 'gift' is not known;"
        " use one of fee, product, shipping, boost, bonus, commission",
    ),
    "wrong currency": (
        edit("costs.csv", "42.50,EUR", "42.50,Euro"),
        "costs.csv:5: currency_code: 'Euro' is not a currency code;"
        " write it as three capital letters, such as EUR",
    ),
    "no currency": (
        edit("costs.csv", "42.50,EUR", "42.50,ERU"),
        "costs.csv:5: currency_code: 'ERU' is no currency of ISO 4217;"
        " write its code, such as EUR or JPY",
    ),
    "nobody's currency": (
        edit("campaigns.csv", "12000,EUR", "12000,XXX"),
        "campaigns.csv:3: currency_code: 'XXX' is no currency of ISO 4217;"
        " write its code, such as EUR or JPY",
    ),
    "brand's currency": (
        edit("brand.yml", "reporting_currency: EUR", "reporting_currency: EUE"),
        "brand.yml:3: reporting_currency: 'EUE' is no currency of ISO 4217;"
        " write its code, such as EUR or JPY",
    ),
    "decimals of a currency without any": (
        edit("costs.csv", "42.50,EUR", "42.50,JPY"),
        "costs.csv:5: amount: 42.50 has decimals, JPY has none; round it, or mend currency_code",
    ),
    "a budget's decimals": (
        edit("campaigns.csv", "12000,EUR", "12000.5,KRW"),
        "campaigns.csv:3: budget: 12000.5 has decimals, KRW has none;"
        " round it, or mend currency_code",
    ),
    "budget without currency": (
        edit("campaigns.csv", "12000,EUR", "12000,"),
        "campaigns.csv:3: currency_code: is empty beside a budget; write the budget's currency",
    ),
    "wrong country": (
        edit("influencers.csv", ",DE,", ",Germany,"),
        "influencers.csv:4: country: 'Germany' is not a country code;"
        " write it as two capital letters, such as DE",
    ),
    "wrong flag": (
        edit("accounts.csv", "ava.glow,true", "ava.glow,yes"),
        "accounts.csv:7: is_authorised: 'yes' is neither true nor false; write true or false",
    ),
    "wrong platform": (
        edit("accounts.csv", "milo,youtube", "milo,YouTube"),
        "accounts.csv:9: platform: 'YouTube' is not known;"
        " use one of instagram, youtube, tiktok",
    ),
    "percent as share": (
        edit("collaborations.csv", "0.08", "8"),
        "collaborations.csv:4: commission_rate: '8' is not between 0 and 1; write 12 % as 0.12",
    ),
    "id twice": (
        edit("influencers.csv", "milo,Milo Brandt", "ava,Ava,,\nmilo,Milo Brandt"),
        "influencers.csv:4: influencer_id: 'ava' stands already on line 3;"
        " give each row its own, or remove one",
    ),
    "unknown influencer": (
        edit("interactions.csv", "i-001,ava", "i-001,eva"),
        "interactions.csv:3: influencer_id: 'eva' is not in influencers.csv; " + UNKNOWN_MEND,
    ),
    "unknown campaign": (
        edit("collaborations.csv", "spring-milo,spring,", "spring-milo,summer,"),
        "collaborations.csv:5: campaign_id: 'summer' is not in campaigns.csv; " + UNKNOWN_MEND,
    ),
    "unknown collaboration": (
        edit("codes.csv", "MILO10,spring-milo", "MILO10,spring-mila"),
        "codes.csv:4: collaboration_id: 'spring-mila' is not in collaborations.csv; "
        + UNKNOWN_MEND,
    ),
    "unknown owner": (
        edit("accounts.csv", "milo,youtube", "mila,youtube"),
        "accounts.csv:9: owner_id: 'mila' is not in influencers.csv;"
        " add it there, mend it here, or write brand for the brand's own account",
    ),
    "influencer called brand": (
        edit("influencers.csv", "ava,Ava", "brand,Ours,,\nava,Ava"),
        "influencers.csv:3: influencer_id: 'brand' means the brand itself; rename it",
    ),
    "posts due in words": (
        edit("collaborations.csv", ",1,\n", ",two,\n"),
        "collaborations.csv:5: posts_due: 'two' is not a number of posts;"
        " write 1 to 1000, or nothing",
    ),
    "day without posts due": (
        edit("collaborations.csv", ",1,\n", ",,2026-04-01\n"),
        "collaborations.csv:5: posts_due: is empty beside posts_due_on;"
        " write how many posts are due",
    ),
    "posts due before the deal": (
        edit("collaborations.csv", ",1,\n", ",1,2026-03-09\n"),
        "collaborations.csv:5: posts_due_on: 2026-03-09 lies before starts_on 2026-03-10;"
        " mend the day",
    ),
    "merged into nobody": (
        write("influencers.csv", b"influencer_id,name,country,category,merged_into\n"
              b"ava,Ava,SE,,\nmilo,Milo,DE,,mila\n"),
        "influencers.csv:3: merged_into: 'mila' is not in influencers.csv; " + UNKNOWN_MEND,
    ),
    "merged into oneself": (
        write("influencers.csv", b"influencer_id,name,country,category,merged_into\n"
              b"ava,Ava,SE,,ava\nmilo,Milo,DE,,ava\n"),
        "influencers.csv:2: merged_into: 'ava' ends up as itself;"
        " leave merged_into empty for the one that stays",
    ),
    "code periods overlap": (
        edit("codes.csv", "MILO10,spring-milo,2026-03-10", "ava10,spring-milo,2026-05-31"),
        "codes.csv:4: code: 'ava10' overlaps in time with line 3;"
        " end one period before the other begins",
    ),
    "handle periods overlap": (
        edit("accounts.csv", "milobrandt,false,2026-01-01", "@AvaGlow,false,2026-02-01"),
        "accounts.csv:9: handle: '@AvaGlow' overlaps in time with line 8;"
        " end one period before the other begins",
    ),
    "account periods overlap": (
        edit("accounts.csv", "UCexampleexampleexample2", "UCexampleexampleexample1"),
        "accounts.csv:9: account_id: 'UCexampleexampleexample1' overlaps in time with line 8;"
        " end one period before the other begins",
    ),
    "link without a mark": (
        edit("links.csv", "youtube,influencer,spring,milo,", ",influencer,,,"),
        "links.csv:4: short_url: nothing to recognise the link by;"
        " fill in a utm_ column or short_url",
    ),
    "brand is no YAML": (
        edit("brand.yml", "name: Lumen Skincare", "name: [Lumen"),
        "brand.yml:3: is not YAML (expected ',' or ']', but got ':'); mend the line",
    ),
    "brand setting mistyped": (
        edit("brand.yml", "return_window_days", "return_windows"),
        "brand.yml:15: return_windows: is not a setting; use one of return_window_days, name,"
        " reporting_currency, time_zone, contribution_margin, attribution, survey_metafield,"
        " track_posts_days, tiers, retention",
    ),
    "setting of a part mistyped": (
        edit("brand.yml", "lookback_days: 30", "lookback_day: 30"),
        "brand.yml:8: attribution.lookback_day: is not a setting;"
        " use one of lookback_days, model, models, windows",
    ),
    "brand setting twice": (
        edit("brand.yml", "  mega: 1000000", "  mega: 1000000\nname: Other"),
        "brand.yml:22: name: stands twice; keep one of them",
    ),
    "brand setting missing": (
        edit("brand.yml", "time_zone: Europe/Berlin\n", ""),
        "brand.yml:2: time_zone: is missing; add it",
    ),
    "unknown time zone": (
        edit("brand.yml", "Europe/Berlin", "Berlin"),
        "brand.yml:4: time_zone: 'Berlin' is not a time zone;"
        " write a name such as Europe/Berlin or UTC",
    ),
    "unknown model": (
        edit("brand.yml", "model: last_touch", "model: last_click"),
        "brand.yml:7: attribution.model: 'last_click' is not a model; use one of last_touch,"
        " first_touch, linear, time_decay, position_based, data_driven",
    ),
    "models without the default": (
        edit("brand.yml", "lookback_days: 30", "models: [linear]"),
        "brand.yml:6: attribution: models leave out the default, last_touch;"
        " add last_touch to models",
    ),
    "windows without the default": (
        edit("brand.yml", "lookback_days: 30", "lookback_days: 30\n  windows: [7, 14]"),
        "brand.yml:6: attribution: windows leave out the default, 30 days; add 30 to windows",
    ),
    "windows twice": (
        edit("brand.yml", "lookback_days: 30", "windows: [30, 30]"),
        "brand.yml:8: attribution.windows: is empty or names one twice;"
        " name each once, or leave the line out for all",
    ),
    "survey is no metafield": (
        edit("brand.yml", "return_window_days", "survey_metafield: heard_from\nreturn_window_days"),
        "brand.yml:15: survey_metafield: 'heard_from' is not a metafield;"
        " write namespace.key, such as custom.heard_from",
    ),
    "codes that look alike": (
        # with a Cyrillic A
        edit("codes.csv", "MILO10", "\u0410VA 10"),
        "codes.csv:4: code: '\u0410VA 10' overlaps in time with line 3;"
        " end one period before the other begins",
    ),
    "retention not honoured": (
        edit("brand.yml", "return_window_days", "retention: {instagram: 730}\nreturn_window_days"),
        "brand.yml:15: retention: nothing of instagram is deleted by age;"
        " name only youtube, or remove it",
    ),
    "days not whole": (
        edit("brand.yml", "track_posts_days: 90", "track_posts_days: ninety"),
        "brand.yml:16: track_posts_days: 'ninety' is not a whole number; write 1 or more",
    ),
    "tiers fall": (
        edit("brand.yml", "macro: 100000", "macro: 1000"),
        "brand.yml:17: tiers: bounds do not rise;"
        " write the tiers from small to large, each bound once",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("mutate", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_fault_is_told_with_file_line_field_and_mend(
    good_plan: Path, mutate: Callable[[Path], None], message: str
) -> None:
    mutate(good_plan)
    assert problems_of(good_plan) == [message]


def test_all_faults_of_all_files_are_told_at_once(good_plan: Path) -> None:
    for name in ("wrong amount", "wrong flag", "unknown campaign", "unknown time zone"):
        BROKEN[name][0](good_plan)
    edit("costs.csv", "c-003,spring-milo,fee", "c-003,spring-milo,bribe")(good_plan)
    found = problems_of(good_plan)
    assert [problem.split(" ")[0] for problem in found] == [
        "accounts.csv:7:",
        "brand.yml:4:",
        "collaborations.csv:5:",
        "costs.csv:5:",
        "costs.csv:6:",
    ]
