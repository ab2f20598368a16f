"""The choices an analyst makes when asking what a stop of trade would cost."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from multivector.params import LensParams

ActorCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]
_PAIR: Final = re.compile(r"^[^:]+:[^:]+$")


class TradeParams(LensParams):
    """Parameters of the trade lens."""

    pivot: ActorCode = Field(description="state under study, ISO 3166-1 alpha-3")
    embargo: tuple[Name, ...] = Field(
        default=("russia", "china", "west", "turkic"),
        description="whose trade with the state stops, one at a time: poles (russia), organisations (EU), states (TUR)",
    )
    between: tuple[Name, ...] = Field(
        default=("west:russia",),
        description="trade between two others that stops, one pair at a time: west:russia; none: no pair",
    )
    year: int | None = Field(
        default=None, ge=1992, le=2100, description="year of the detailed tables; left out: the latest with a table"
    )
    since: int | None = Field(
        default=None, ge=1992, le=2100, description="first year of the trend; left out: the earliest"
    )
    resolution: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{2,20}$")] = Field(
        default="regions28",
        description="which input-output table: regions28; groups8 (for teaching: hides losses); icio81 (your download)",
    )
    sets: tuple[Name, ...] = Field(default=(), description="sets of elasticities: IS, U4 …; left out: all")
    closure: Literal["additive", "multiplicative"] = Field(
        default="additive",
        description="what becomes of deficits in the value that is printed; the range holds both closures",
    )
    tariffs: bool = Field(
        default=True, description="whether the tariffs of the table are used; without is a sensitivity run"
    )
    draws: int = Field(
        default=200, ge=0, le=10_000, description="draws in which each sector takes its elasticity from a set at random"
    )
    seed: int = Field(default=1, ge=0, description="seed of those draws")
    worst: int = Field(default=5, ge=1, le=50, description="how many sectors are listed for each partner")
    moved: tuple[float, ...] = Field(
        default=(0.0, 0.1, 0.25, 0.5),
        description="parts of a partner's sales that go to other suppliers, in the table of diversification",
    )

    @field_validator("embargo", "sets", "between")
    @classmethod
    def _distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("a name is given twice")
        return names

    @field_validator("embargo")
    @classmethod
    def _somebody(cls, embargo: tuple[str, ...]) -> tuple[str, ...]:
        if not embargo:
            raise ValueError("name at least one partner: russia, EU, TUR")
        return embargo

    @model_validator(mode="after")
    def _years_in_order(self) -> TradeParams:
        if self.year is not None and self.since is not None and self.since > self.year:
            raise ValueError("since lies after year")
        return self

    @field_validator("between")
    @classmethod
    def _pairs(cls, between: tuple[str, ...]) -> tuple[str, ...]:
        if between == ("none",):
            return ()
        for one in between:
            if not _PAIR.match(one):
                raise ValueError(f"{one!r} is no pair; write FIRST:SECOND: west:russia")
        return between

    @field_validator("moved")
    @classmethod
    def _parts(cls, moved: tuple[float, ...]) -> tuple[float, ...]:
        if not moved or any(not 0 <= one < 1 for one in moved):
            raise ValueError("parts that move lie in [0, 1)")
        return moved
