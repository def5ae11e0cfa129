"""The rows of the plan's files: one model a file, columns in the order of the file.

A field's validator raises what is wrong and the mend; `plan/reading.py` adds file and line.
Text is kept as written (trimmed), money stays decimal, an empty field is missing (None).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from microlift.plan.currencies import DECIMALS

PLATFORMS = ("instagram", "youtube", "tiktok")
# A commission follows from its deal's orders; its lines are payouts.
COST_TYPES = ("fee", "product", "shipping", "boost", "bonus", "commission")
BRAND = "brand"

_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.:/-]*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOST_POSTS = 1_000


def wrong(fault: str, mend: str) -> PydanticCustomError:
    """An error whose text carries both halves; `split_error` takes them apart again."""
    return PydanticCustomError("plan", "{fault}\n{mend}", {"fault": fault, "mend": mend})


def split_error(text: str) -> tuple[str, str]:
    """(fault, mend) of a message made by `wrong`."""
    fault, _, mend = text.partition("\n")
    return fault, mend


def _field(parse: Callable[[str], Any], *, required: bool) -> BeforeValidator:
    def validate(value: Any) -> Any:
        text = "" if value is None else str(value).strip()
        if text:
            return parse(text)
        if required:
            raise wrong("is empty", "fill it in")
        return None

    return BeforeValidator(validate)


def _identifier(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise wrong(f"{text!r} is not an id", "use letters, digits and _ - . : / only")
    return text


def _text(text: str) -> str:
    if any(ord(c) < ord(" ") for c in text):
        raise wrong("holds a control character", "remove it")
    return text


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise wrong(f"{text!r} is not a date", "write it as YYYY-MM-DD")


def _number(text: str, what: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or "e" in text.lower() or "_" in text:
        raise wrong(
            f"{text!r} is not {what}", "write digits with a point for decimals, such as 1250.50"
        )
    return number


def _money(text: str) -> Decimal:
    amount = _number(text, "an amount")
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        raise wrong(f"{text!r} has more than two decimals", "round it to the cent")
    if amount < 0:
        raise wrong(f"{text!r} is negative", "write 0 or more")
    if amount >= Decimal(10) ** 12:
        raise wrong(f"{text!r} is too large", "check the amount")
    return amount


def _share(text: str) -> Decimal:
    share = _number(text, "a share")
    if not 0 <= share <= 1:
        raise wrong(f"{text!r} is not between 0 and 1", "write 12 % as 0.12")
    return share


def _posts(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _MOST_POSTS:
        raise wrong(f"{text!r} is not a number of posts", f"write 1 to {_MOST_POSTS}, or nothing")
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise wrong(f"{text!r} is neither true nor false", "write true or false")
    return text.lower() == "true"


def _code_of(pattern: str, what: str, example: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise wrong(f"{text!r} is not {what}", f"write it as {example}")
        return text

    return parse


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise wrong(f"{text!r} is not known", f"use one of {', '.join(allowed)}")
        return text

    return parse


_currency_code = _code_of(r"[A-Z]{3}", "a currency code", "three capital letters, such as EUR")


def _currency(text: str) -> str:
    code = _currency_code(text)
    if code not in DECIMALS:
        raise wrong(f"{code!r} is no currency of ISO 4217", "write its code, such as EUR or JPY")
    return code


_country = _code_of(r"[A-Z]{2}", "a country code", "two capital letters, such as DE")

Id = Annotated[str, _field(_identifier, required=True)]
Text = Annotated[str, _field(_text, required=True)]
OptionalText = Annotated[str | None, _field(_text, required=False)]
Day = Annotated[date, _field(_day, required=True)]
OptionalDay = Annotated[date | None, _field(_day, required=False)]
Money = Annotated[Decimal, _field(_money, required=True)]
OptionalMoney = Annotated[Decimal | None, _field(_money, required=False)]
Share = Annotated[Decimal, _field(_share, required=True)]
OptionalShare = Annotated[Decimal | None, _field(_share, required=False)]
OptionalPosts = Annotated[int | None, _field(_posts, required=False)]
OptionalId = Annotated[str | None, _field(_identifier, required=False)]
Flag = Annotated[bool, _field(_flag, required=True)]
Currency = Annotated[str, _field(_currency, required=True)]
OptionalCurrency = Annotated[str | None, _field(_currency, required=False)]
OptionalCountry = Annotated[str | None, _field(_country, required=False)]
Platform = Annotated[str, _field(_one_of(*PLATFORMS), required=True)]
CostType = Annotated[str, _field(_one_of(*COST_TYPES), required=True)]


class Row(BaseModel):
    """A row of a csv file. `key` is unique in the file, `refers` points to other files' keys.

    A column with a default came later: a header may leave it out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: ClassVar[tuple[str, ...]] = ()
    refers: ClassVar[dict[str, str]] = {}
    periods: ClassVar[tuple[tuple[str, str], ...]] = ()
    is_optional: ClassVar[bool] = False


class Influencer(Row):
    """A person; `merged_into` names who this one turned out to be."""

    key = ("influencer_id",)
    influencer_id: Id
    name: Text
    country: OptionalCountry
    category: OptionalText
    merged_into: OptionalId = None


class Account(Row):
    """A handle in a period (both days included; an empty end is open)."""

    periods = (("valid_from", "valid_to"),)
    owner_id: Id
    platform: Platform
    account_id: Id
    handle: Text
    is_authorised: Flag
    valid_from: OptionalDay
    valid_to: OptionalDay


class Campaign(Row):
    """A campaign."""

    key = ("campaign_id",)
    periods = (("starts_on", "ends_on"),)
    campaign_id: Id
    name: Text
    objective: OptionalText
    starts_on: Day
    ends_on: Day
    budget: OptionalMoney
    currency_code: OptionalCurrency
    contribution_margin: OptionalShare


class Collaboration(Row):
    """A deal of an influencer in a campaign; posts are due by `posts_due_on`, else by its end."""

    key = ("collaboration_id",)
    refers: ClassVar = {"campaign_id": "campaigns", "influencer_id": "influencers"}
    periods = (("starts_on", "ends_on"),)
    collaboration_id: Id
    campaign_id: Id
    influencer_id: Id
    starts_on: Day
    ends_on: Day
    commission_rate: OptionalShare
    hashtags: OptionalText
    mentions: OptionalText
    posts_due: OptionalPosts = None
    posts_due_on: OptionalDay = None


class Cost(Row):
    """A cost line."""

    key = ("cost_id",)
    refers: ClassVar = {"collaboration_id": "collaborations"}
    periods = (("spread_from", "spread_to"),)
    cost_id: Id
    collaboration_id: Id
    cost_type: CostType
    amount: Money
    currency_code: Currency
    incurred_on: Day
    paid_on: OptionalDay
    spread_from: OptionalDay
    spread_to: OptionalDay


class Code(Row):
    """A discount code in a period (both days included; an empty end is open)."""

    refers: ClassVar = {"collaboration_id": "collaborations"}
    periods = (("valid_from", "valid_to"),)
    code: Text
    collaboration_id: Id
    valid_from: OptionalDay
    valid_to: OptionalDay


class Link(Row):
    """A tracked link."""

    key = ("link_id",)
    refers: ClassVar = {"collaboration_id": "collaborations"}
    link_id: Id
    collaboration_id: Id
    utm_source: OptionalText
    utm_medium: OptionalText
    utm_campaign: OptionalText
    utm_content: OptionalText
    short_url: OptionalText


class Post(Row):
    """An explicit match of a post to a collaboration."""

    key = ("platform", "post_id")
    refers: ClassVar = {"collaboration_id": "collaborations"}
    is_optional = True
    platform: Platform
    post_id: Id
    collaboration_id: Id


class Interaction(Row):
    """A contact with an influencer."""

    key = ("interaction_id",)
    refers: ClassVar = {"influencer_id": "influencers"}
    interaction_id: Id
    influencer_id: Id
    happened_on: Day
    kind: Text
    note: OptionalText


FILES: dict[str, type[Row]] = {
    "influencers": Influencer,
    "accounts": Account,
    "campaigns": Campaign,
    "collaborations": Collaboration,
    "costs": Cost,
    "codes": Code,
    "links": Link,
    "posts": Post,
    "interactions": Interaction,
}
