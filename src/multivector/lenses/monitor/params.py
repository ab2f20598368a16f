"""The choices an analyst makes when asking whether goods go round the sanctions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

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
        problems = [
            InitErrorDetails(
                type=PydanticCustomError("value_error", "{rule}", {"rule": rule}), loc=(name,), input=value
            )
            for name, value, rule in self._problems()
        ]
        if problems:  # names the option; a plain ValueError would show all of them as one raw dict
            raise ValidationError.from_exception_data("MonitorParams", problems)
        return self

    def _problems(self) -> Iterator[tuple[str, object, str]]:
        """Option, its value and the rule that it breaks, of rules that compare two options."""
        if self.until is not None and self.until < self.since:
            yield "until", self.until, f"until lies before since {self.since}"
        if self.base_end <= self.base_start:
            yield *self._given("base_end", "base_start"), f"the base of {self._base} ends before it starts"
        if self.base_end > self.event:
            rule = f"the base of {self._base} reaches past the event {self.event}: a norm is from before the sanctions"
            yield *self._given("base_end", "event"), rule
        if self.margin_high < self.margin:
            rule = f"margin_high {self.margin_high} lies below margin {self.margin}; raise --margin-high with --margin"
            yield *self._given("margin_high", "margin"), rule
        if self.event.day != 1:
            yield "event", self.event, "event is the first day of a month"
        if self.target in self.controls or self.pivot in self.controls:
            yield "controls", self.controls, "neither the pivot nor the target can be a control"

    def _given(self, *names: str) -> tuple[str, object]:
        """The first of the names that was asked for, with its value: a default is not to blame."""
        name = next((one for one in names if one in self.model_fields_set), names[0])
        return name, getattr(self, name)

    @property
    def _base(self) -> str:
        return f"{self.base_start} to {self.base_end}"

    @property
    def suffix(self) -> str:
        """How columns of money end."""
        return f"{self.currency.lower()}_mn"

    @property
    def destinations(self) -> tuple[str, ...]:
        """The pivot, then its peers, the target, controls and placebos: each once."""
        return tuple(dict.fromkeys((self.pivot, *self.peers, self.target, *self.controls, *self.placebos)))
