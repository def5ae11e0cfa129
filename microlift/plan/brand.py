"""brand.yml: the one file of the plan that is not a table."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal
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


def _last_touch(model: Any) -> Any:
    if model != "last_touch":
        raise wrong(f"{model!r} is not computed", "write last_touch, the only model so far")
    return model


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
    """The model and window that revenue is credited by; `windows` may only repeat the one."""

    model: Annotated[Literal["last_touch"], BeforeValidator(_last_touch)] = "last_touch"
    lookback_days: Days = 30
    windows: tuple[Days, ...] | None = None

    @model_validator(mode="after")
    def _one_window(self) -> Attribution:
        if self.windows is not None and self.windows != (self.lookback_days,):
            raise wrong(
                f"windows {[*self.windows]} are not computed, lookback_days alone is",
                "remove windows",
            )
        return self


class Brand(_Part):
    """The brand. `contribution_margin` is a share of net revenue, before influencer cost.

    `retention` is, by source, for how many days pages of accounts that did not authorise us are
    kept, where it differs from the vendor's own rule (`Source.keep_days_unauthorised`).
    """

    name: Text
    reporting_currency: Currency
    time_zone: Zone
    contribution_margin: Share
    attribution: Attribution = Attribution()
    return_window_days: Count = 30
    track_posts_days: Days = 90
    tiers: Annotated[dict[str, Count], AfterValidator(_tiers)] = Field(
        default={"nano": 0, "micro": 10_000, "macro": 100_000, "mega": 1_000_000}
    )
    retention: Annotated[dict[str, KeptDays], AfterValidator(_with_a_limit)] = Field(
        default_factory=dict
    )

    def as_row(self) -> dict[str, Any]:
        """The row that is landed: money and shares as text, as in the csv files."""
        row = self.model_dump(mode="json")
        return {k: str(v) if isinstance(v, Decimal) else v for k, v in row.items()}
