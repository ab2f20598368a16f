"""The choices an analyst makes when asking whether goods go round the sanctions."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from multivector.params import LensParams

ActorCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
SenderCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,11}$")]


class MonitorParams(LensParams):
    """Parameters of the circumvention monitor."""

    pivot: ActorCode = Field(description="state under study, ISO 3166-1 alpha-3")
    exporter: SenderCode = Field(
        default="EU", description="who sells: a state, or an organisation whose members are added up"
    )
    target: ActorCode = Field(default="RUS", description="state under sanctions, to which goods may go on")
    peers: tuple[ActorCode, ...] = Field(
        default=("ARM", "GEO", "KAZ", "KGZ", "RUS", "UZB"), description="states shown beside the pivot"
    )
    since: int = Field(default=2019, ge=1992, le=2100, description="first calendar year shown")
    until: int | None = Field(
        default=None, ge=1992, le=2100, description="last calendar year shown; left out: the last whole one"
    )
    currency: Literal["EUR", "USD"] = Field(
        default="EUR", description="currency of the rows that are read; rows in another are left out, never converted"
    )
    margin: float = Field(default=0.0, ge=0, le=0.5, description="cif/fob margin taken off imports, fraction")
    margin_high: float = Field(
        default=0.1, ge=0, le=0.5, description="largest cif/fob margin in common use, for the high end of a gap"
    )
    event: dt.date = Field(default=dt.date(2022, 3, 1), description="first month of the sanctions")
    base_start: dt.date = Field(default=dt.date(2019, 1, 1), description="first day of the period that makes the norm")
    base_end: dt.date = Field(default=dt.date(2022, 1, 1), description="first day after it")
    union: SenderCode = Field(
        default="EAEU", description="customs union of the target: its members are never controls by default"
    )
    controls: tuple[ActorCode, ...] = Field(
        default=(), description="destinations that make the norm; left out: the peers outside the customs union"
    )
    placebos: tuple[ActorCode, ...] = Field(
        default=(), description="destinations put in the pivot's place; left out: the controls, each against the others"
    )
    goods_list: str = Field(
        default="Common High Priority List", max_length=120, description="list of products that is watched"
    )
    tiers: tuple[str, ...] = Field(default=(), description="tiers of that list: 1,2,3A; left out: all")
    trim: float = Field(
        default=0.15, gt=0, lt=0.5, description="part at each end of a series in which no break is looked for"
    )
    draws: int = Field(default=2_000, ge=100, le=100_000, description="simulated series behind a p-value")
    seed: int = Field(default=1, ge=0, description="seed of those series")
    alpha: float = Field(default=0.05, gt=0, lt=1, description="rate of false discoveries among products")
    agree: float = Field(
        default=0.05, ge=0, le=1, description="part of a figure by which a statement may miss it and still agree"
    )

    @field_validator("peers", "controls", "placebos", "tiers")
    @classmethod
    def _distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("a name stands twice")
        return names

    @model_validator(mode="after")
    def _in_order(self) -> MonitorParams:
        problems = []
        if self.until is not None and self.until < self.since:
            problems.append(f"until {self.until} lies before since {self.since}")
        if self.base_end <= self.base_start:
            problems.append("the base ends before it starts")
        if self.base_end > self.event:
            problems.append(f"the base reaches past {self.event}: a norm is from before the sanctions")
        if self.margin_high < self.margin:
            problems.append(f"margin_high {self.margin_high} lies below margin {self.margin}")
        if self.event.day != 1:
            problems.append("event is the first day of a month")
        if self.target in self.controls or self.pivot in self.controls:
            problems.append("neither the pivot nor the target can be a control")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def suffix(self) -> str:
        """How columns of money end."""
        return f"{self.currency.lower()}_mn"

    @property
    def destinations(self) -> tuple[str, ...]:
        """The pivot, then its peers, the target, controls and placebos: each once."""
        return tuple(dict.fromkeys((self.pivot, *self.peers, self.target, *self.controls, *self.placebos)))
