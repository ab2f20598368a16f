"""The shocks: what can be changed about a world, as frozen records with one meaning per field."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from multivector.errors import UnknownName
from multivector.schema.base import Channel, Measure
from multivector.schema.units import UNITS

Direction = Literal["exports", "imports", "both"]


class Shock(BaseModel):
    """Base of every shock: a frozen change to facts, never to a lens."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Join(Shock):
    """A state joins an organisation."""

    kind: Literal["join"] = "join"
    actor: str = Field(description="who joins, ISO 3166-1 alpha-3")
    organisation: str = Field(description="what it joins: EAEU, NATO …")
    start: dt.date = Field(description="first day of the membership")
    role: str = Field(default="member", description="role in the organisation")


class Leave(Shock):
    """A state leaves an organisation: every current membership of it ends."""

    kind: Literal["leave"] = "leave"
    actor: str = Field(description="who leaves, ISO 3166-1 alpha-3")
    organisation: str = Field(description="what it leaves")
    day: dt.date = Field(description="first day outside")


class SetFlow(Shock):
    """A flow takes a value: whatever rows say of it, on that route, in that period is replaced by one row."""

    kind: Literal["set_flow"] = "set_flow"
    sender: str = Field(description="who sends; WLD for all")
    receiver: str = Field(description="who receives; WLD for all")
    channel: Channel = Field(description="one of the nine channels")
    product: str = Field(description="goods, crude_oil, gas …")
    measure: Measure = Field(description="what is counted")
    value: float = Field(ge=0, description="the new figure, in `unit`")
    unit: str = Field(description="unit of `value`: USD bn, Mt, fraction …")
    via: str | None = Field(default=None, description="route, as rows spell it; empty: the flow as a whole")
    period_start: dt.date = Field(description="first day of the period")
    period_end: dt.date = Field(description="first day after the period")

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        if unit not in UNITS:
            raise ValueError(str(UnknownName("unit", unit, known=UNITS)))
        return unit

    @model_validator(mode="after")
    def _period_in_order(self) -> SetFlow:
        if self.period_end <= self.period_start:
            raise ValueError("period_end must lie after period_start")
        return self


class Embargo(Shock):
    """No flow of a product between two actors in a period: an exact zero.

    In `flows` amounts go to zero, before anything is rerouted, and the totals of the same source lose them; printed
    shares go to zero and the others of their list grow so that they still divide the whole. In `policies` a ban is
    written for each direction, which the trade lens solves for.
    """

    kind: Literal["embargo"] = "embargo"
    by: str = Field(description="who imposes it; EU and other organisations stand for their listed row")
    on: str = Field(description="whom it is imposed on")
    product: str = Field(
        default="goods", description="what stops: goods, all (services too), or one product: crude_oil, C29 …"
    )
    direction: Direction = Field(default="both", description="seen from `by`: what it sells, what it buys, or both")
    start: dt.date = Field(description="flows whose period starts on or after this day stop")
    end: dt.date | None = Field(default=None, description="flows whose period starts before this day; empty: no end")


_PRODUCT = "all, goods, services, or a sector of the input-output table: C29, ENE …"


class Tariff(Shock):
    """An importer charges a tariff, whatever it charged before."""

    kind: Literal["tariff"] = "tariff"
    by: str = Field(description="who charges it")
    on: str = Field(description="whose goods pay it")
    product: str = Field(default="goods", description=_PRODUCT)
    rate: float = Field(gt=-1, le=100, description="ad-valorem rate, fraction: 0.25 is 25 %; below 0 a subsidy")
    start: dt.date | None = Field(default=None, description="first day; empty: not stated")


class TradeCost(Shock):
    """Trade between two actors gets dearer or cheaper: transport, insurance, payments, paperwork."""

    kind: Literal["trade_cost"] = "trade_cost"
    by: str = Field(description="one side")
    on: str = Field(description="the other side")
    product: str = Field(default="all", description=_PRODUCT)
    change: float = Field(gt=-1, description="change of the cost of what is delivered, fraction: 0.2 is a fifth dearer")
    direction: Direction = Field(default="both", description="seen from `by`: what it sells, what it buys, or both")
    start: dt.date | None = Field(default=None, description="first day; empty: not stated")


class Productivity(Shock):
    """An actor makes more or less with the same labour."""

    kind: Literal["productivity"] = "productivity"
    actor: str = Field(description="whose productivity changes, ISO 3166-1 alpha-3")
    product: str = Field(default="all", description=_PRODUCT)
    change: float = Field(gt=-1, le=100, description="change of output a worker, fraction: -0.1 is a tenth less")
    start: dt.date | None = Field(default=None, description="first day; empty: not stated")


class SetValue(Shock):
    """Any cell of any row takes a value."""

    kind: Literal["set_value"] = "set_value"
    table: str = Field(description="table of the row")
    row: str = Field(description="id of the row")
    column: str = Field(description="column to change")
    value: str | float | int | bool | dt.date = Field(description="the new value")


_ON = "what it is on: leg:O03, route:CPC, controller:RUS, territory:RUS or limit:B_TITR; a leg or a route by name alone"
_RATES = ("mass a year", "mass a month", "containers a year")


class _Dated(Shock):
    """What shocks to a network have in common: what they are on, and for how long."""

    on: str = Field(min_length=1, max_length=80, description=_ON)
    start: dt.date | None = Field(default=None, description="first day; empty: from the beginning")
    end: dt.date | None = Field(default=None, description="first day after; empty: no end")

    @model_validator(mode="after")
    def _in_order(self) -> _Dated:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("end must lie after start")
        return self


class Close(_Dated):
    """Legs close, whole or in part: only the rest of what they can carry can be used."""

    kind: Literal["close"] = "close"
    severity: float = Field(default=1.0, gt=0, le=1, description="part that is lost: 1 is closed, 0.4 leaves 0.6")


class Limit(_Dated):
    """Legs carry no more than a figure, whatever they were built for."""

    kind: Literal["limit"] = "limit"
    to: float = Field(ge=0, description="the most, in `unit`")
    unit: str = Field(default="Mt/y", description="unit of `to`: Mt/y, Mt/month, kTEU/y")

    @field_validator("unit")
    @classmethod
    def _a_rate(cls, unit: str) -> str:
        return _rate(unit)


class Expand(Shock):
    """Legs, or a limit that legs share, can carry a figure from a day on; a planned leg is built by it."""

    kind: Literal["expand"] = "expand"
    on: str = Field(min_length=1, max_length=80, description=_ON)
    to: float = Field(gt=0, description="capacity afterwards, in `unit`")
    unit: str = Field(default="Mt/y", description="unit of `to`: Mt/y, Mt/month, kTEU/y")
    start: dt.date | None = Field(default=None, description="first day; empty: from the beginning")

    @field_validator("unit")
    @classmethod
    def _a_rate(cls, unit: str) -> str:
        return _rate(unit)


class Reprice(Shock):
    """Legs take a tariff."""

    kind: Literal["reprice"] = "reprice"
    on: str = Field(min_length=1, max_length=80, description=_ON)
    usd_t: float = Field(ge=0, description="tariff of each leg, USD a tonne")
    start: dt.date | None = Field(default=None, description="first day; empty: from the beginning")


def _rate(unit: str) -> str:
    rates = [name for name, known in UNITS.items() if known.dimension in _RATES]
    if unit not in rates:
        raise ValueError(str(UnknownName("rate", unit, known=rates)))
    return unit


AnyShock = Annotated[
    Join | Leave | SetFlow | Embargo | Tariff | TradeCost | Productivity | SetValue | Close | Limit | Expand | Reprice,
    Field(discriminator="kind"),
]


class Scenario(BaseModel):
    """A named list of shocks, applied in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="scenario", min_length=1, max_length=80, description="name of the scenario")
    note: str = Field(default="", max_length=600, description="what it is about")
    shocks: tuple[AnyShock, ...] = Field(min_length=1, description="shocks, applied in order")
