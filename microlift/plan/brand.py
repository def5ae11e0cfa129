"""brand.yml: the one file of the plan that is not a table."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from ingest.registry import SOURCES
from microlift.plan.rows import Currency, Share, Text, wrong

MODELS = (
    "last_touch",
    "first_touch",
    "linear",
    "time_decay",
    "position_based",
    "data_driven",
)
WINDOWS = (1, 7, 14, 30, 90)
_FINDING_TIER = "micro"
_NO_BOUND = 2**63 - 1
_METAFIELD = re.compile(r"[A-Za-z0-9_-]{2,255}\.[A-Za-z0-9_-]{2,64}")


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise wrong(f"{name!r} is not a time zone", "write a name such as Europe/Berlin or UTC")
    return str(ZoneInfo(name))


def _whole(minimum: int) -> BeforeValidator:
    def validate(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
            raise wrong(f"{value!r} is not a whole number", f"write {minimum} or more")
        return value

    return BeforeValidator(validate)


Zone = Annotated[Text, AfterValidator(_zone)]
Days = Annotated[int, _whole(1)]
# One would delete what has not been built yet.
KeptDays = Annotated[int, _whole(2)]
Count = Annotated[int, _whole(0)]


def _tiers(bounds: dict[str, int]) -> dict[str, int]:
    if sorted(bounds.values()) != list(bounds.values()) or len({*bounds.values()}) != len(bounds):
        raise wrong("bounds do not rise", "write the tiers from small to large, each bound once")
    if not bounds or min(bounds.values()) != 0:
        raise wrong("the lowest tier does not begin at 0", "give the first tier the bound 0")
    return bounds


def _known_model(model: Any) -> Any:
    if model not in MODELS:
        raise wrong(f"{model!r} is not a model", f"use one of {', '.join(MODELS)}")
    return model


Model = Annotated[str, BeforeValidator(_known_model)]


def _each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values or len({*values}) != len(values):
        raise wrong("is empty or names one twice", "name each once, or leave the line out for all")
    return values


def _metafield(name: Any) -> Any:
    if name is None or (isinstance(name, str) and _METAFIELD.fullmatch(name)):
        return name
    raise wrong(f"{name!r} is not a metafield", "write namespace.key, such as custom.heard_from")


def _with_a_limit(retention: dict[str, int]) -> dict[str, int]:
    limited = [name for name, source in SOURCES.items() if source.keep_days_unauthorised]
    for name in retention:
        if name not in limited:
            raise wrong(
                f"nothing of {name} is deleted by age",
                f"name only {', '.join(limited)}, or remove it",
            )
    return retention


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Attribution(_Part):
    """How orders are credited: the default model and window, and all that stand side by side.

    `models` and `windows` (days before the order) hold the default; left out, they are the six
    models and the five usual windows, and the default's.
    """

    model: Model = "last_touch"
    lookback_days: Days = 30
    models: Annotated[tuple[Model, ...], AfterValidator(_each_once)] = MODELS
    windows: Annotated[tuple[Days, ...], AfterValidator(_each_once)] = ()

    @model_validator(mode="before")
    @classmethod
    def _usual_windows(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("windows") is None:
            days = given.get("lookback_days", 30)
            own = {days} if isinstance(days, int) else set()
            return {**given, "windows": tuple(sorted({*WINDOWS} | own))}
        return given

    @model_validator(mode="after")
    def _holds_the_default(self) -> Attribution:
        if self.model not in self.models:
            raise wrong(
                f"models leave out the default, {self.model}", f"add {self.model} to models"
            )
        if self.lookback_days not in self.windows:
            days = self.lookback_days
            raise wrong(f"windows leave out the default, {days} days", f"add {days} to windows")
        return self


class Brand(_Part):
    """The brand. `contribution_margin` is a share of net revenue, before influencer cost.

    `survey_metafield` is the order's metafield (namespace.key) with the answer to "who sent you?".
    `retention` is, by source, for how many days pages of accounts that did not authorise us are
    kept, where it differs from the vendor's own rule (`Source.keep_days_unauthorised`).
    """

    name: Text
    reporting_currency: Currency
    time_zone: Zone
    contribution_margin: Share
    attribution: Attribution = Attribution.model_validate({})
    survey_metafield: Annotated[str | None, BeforeValidator(_metafield)] = None
    return_window_days: Count = 30
    track_posts_days: Days = 90
    tiers: Annotated[dict[str, Count], AfterValidator(_tiers)] = Field(
        default={"nano": 0, "micro": 10_000, "macro": 100_000, "mega": 1_000_000}
    )
    retention: Annotated[dict[str, KeptDays], AfterValidator(_with_a_limit)] = Field(
        default_factory=dict
    )

    @property
    def candidate_followers(self) -> tuple[int, int]:
        """The size of accounts to look for: the tier micro; 10,000 to 100,000 without one."""
        bounds = [*self.tiers.values(), _NO_BOUND]
        if _FINDING_TIER not in self.tiers:
            return 10_000, 100_000
        position = list(self.tiers).index(_FINDING_TIER)
        return bounds[position], bounds[position + 1]

    def as_row(self) -> dict[str, Any]:
        """The row that is landed: money and shares as text, as in the csv files."""
        row = self.model_dump(mode="json")
        return {k: str(v) if isinstance(v, Decimal) else v for k, v in row.items()}
