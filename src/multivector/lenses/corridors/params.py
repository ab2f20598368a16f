"""The choices an analyst makes when asking how goods get out."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from multivector.params import LensParams

ActorCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_ASSUMED: Final = re.compile(r"^[A-Z][A-Z0-9_]{1,15}=\d+(\.\d+)?$")


class CorridorParams(LensParams):
    """Parameters of the corridors lens."""

    pivot: ActorCode = Field(description="state under study, ISO 3166-1 alpha-3")
    network: Literal["oil", "cargo"] = Field(default="oil", description="which network: oil, or cargo")
    year: int | None = Field(
        default=None, ge=1992, le=2100, description="calendar year; left out: the latest with tonnes by route"
    )
    count: Literal["tonnes", "containers"] = Field(
        default="tonnes", description="what is counted: tonnes, or containers (TEU); the two are never mixed"
    )
    days: int = Field(default=30, ge=1, le=366, description="length of the closures that are compared, days")
    strikes: int = Field(default=1, ge=1, le=4, description="how many legs an attacker stops in the table of strikes")
    budget_usd: float = Field(
        default=500e6, ge=0, description="money for works, USD: the best set within it is looked for"
    )
    price_usd_t: float | None = Field(
        default=None, gt=0, description="value of a tonne, USD; left out: revenue over tonnes where rows state both"
    )
    swap: bool = Field(
        default=True, description="whether oil burnt at home may give way, so that other oil goes out in its place"
    )
    quota: Literal["hard", "soft"] = Field(
        default="hard", description="whether a quota binds, or was only stated and may be exceeded up to the nameplate"
    )
    assume: tuple[str, ...] = Field(
        default=(), description="capacity of a leg in Mt or thousand TEU a year, where rows give none: O32=20"
    )
    memory: int = Field(
        default=4, ge=0, le=50, description="years for which an older statement of a capacity widens the range"
    )
    slack: float = Field(
        default=0.01,
        ge=0,
        le=0.1,
        description="share of the total without a named route below which the rest is a value",
    )
    barrels: float = Field(
        default=7.33, gt=5, lt=10, description="barrels a tonne, to read capacities given in barrels"
    )

    @field_validator("assume")
    @classmethod
    def _spelled(cls, assume: tuple[str, ...]) -> tuple[str, ...]:
        for one in assume:
            if not _ASSUMED.match(one):
                raise ValueError(f"{one!r} is no assumption; write LEG=CAPACITY: O32=20")
        legs = [one.split("=")[0] for one in assume]
        if len(set(legs)) < len(legs):
            raise ValueError("a leg is assumed twice")
        return assume

    @model_validator(mode="after")
    def _oil_in_tonnes(self) -> CorridorParams:
        if self.network == "oil" and self.count != "tonnes":
            raise ValueError("oil is counted in tonnes")
        return self

    @property
    def assumed(self) -> dict[str, float]:
        """Leg -> capacity that is assumed, Mt or thousand TEU a year."""
        return {leg: float(capacity) for leg, capacity in (one.split("=") for one in self.assume)}

    @property
    def unit(self) -> str:
        """What amounts a year are counted in."""
        return "Mt" if self.count == "tonnes" else "kTEU"
