"""What moves between actors, what is measured of one actor, and the tables of goods behind it."""

from __future__ import annotations

from typing import get_args

import dataframely as dy
import polars as pl

from multivector.schema.base import (
    CHANNELS,
    Basis,
    ListRule,
    Measure,
    Qualifier,
    Scope,
    Statement,
    number,
    one_of,
    words,
)
from multivector.schema.units import SHARE_MEASURES, UNITS


class Flows(Statement):
    """What one actor sends another: goods, oil, money, arms, students. A share that is printed stays a share."""

    sender = words("who it leaves; `WLD`: all together", names="actor", most=60)
    receiver = words("who it reaches; `WLD`: all together", names="actor", most=60)
    channel = one_of(CHANNELS, "one of the nine channels")
    product = words("goods, crude_oil, gas, electricity, uranium, arms, fdi, transfers, students …", most=60)
    measure = one_of(get_args(Measure), "what is counted")
    value = number("the figure, in `unit`; shares are fractions")
    unit = one_of(tuple(UNITS), "unit of `value`")
    reporter = words("who counted, where the source says so", null=True, names="actor", most=60)
    scope = one_of(get_args(Scope), "goods, services or both: never mixed in one ratio", default="none")
    basis = one_of(get_args(Basis), "valuation or owner: fob, cif, immediate, ultimate, gross, net", default="none")
    list_rule = one_of(get_args(ListRule), "what its list says of partners not in it", default="selected")
    qualifier = one_of(get_args(Qualifier), "exact, or the bound that the source prints", default="exact")
    decimals = dy.Int64(
        min=0,
        max=12,
        description="digits after the point of the printed figure, in `unit`",
        metadata={"default": "as printed"},
    )
    via = words("route, `territory:ISO3` or `avoiding:ISO3`, for transit rows", null=True, most=80)

    @dy.rule()
    def share_in_unit_interval(cls) -> pl.Expr:  # noqa: N805
        """A share lies in [0, 1] and its unit is fraction: 29 is a percentage."""
        is_share = pl.col("measure").is_in(SHARE_MEASURES)
        good = pl.col("value").is_between(0, 1) & (pl.col("unit") == "fraction")
        return ~is_share | good

    @dy.rule()
    def not_negative(cls) -> pl.Expr:  # noqa: N805
        """A flow is never negative: codes such as -9 mean missing and belong nowhere."""
        return pl.col("value") >= 0

    @dy.rule()
    def two_actors(cls) -> pl.Expr:  # noqa: N805
        """Sender and receiver differ."""
        return pl.col("sender") != pl.col("receiver")

    @dy.rule()
    def has_a_day(cls) -> pl.Expr:  # noqa: N805
        """A flow has a first or a last day: without both it is about no time at all."""
        return pl.col("period_start").is_not_null() | pl.col("period_end").is_not_null()


class Indicators(Statement):
    """What is measured of one subject: GDP, consumption, capacity, a status in words."""

    subject = words("actor, firm, route or place", most=160)
    name = words("gdp, gas_consumption, oil_production …", most=80)
    about = words("second actor or thing the figure is about", null=True, most=200)
    value = number("the figure, in `unit`", null=True)
    text = words("the statement in words, where it has no number", null=True)
    unit = one_of(tuple(UNITS), "unit of `value`; `words` where `text` holds it")
    qualifier = one_of(get_args(Qualifier), "exact, or the bound that the source prints", default="exact")
    decimals = dy.Int64(
        nullable=True,
        min=0,
        max=12,
        description="digits after the point of the printed figure",
        metadata={"default": "as printed"},
    )

    @dy.rule()
    def value_or_text(cls) -> pl.Expr:  # noqa: N805
        """An indicator says a number or a word, not both and not neither."""
        return pl.col("value").is_null() != pl.col("text").is_null()


class Products(Statement):
    """Codes of goods on a list that matters, such as the common high-priority list."""

    system = words("code system and edition: HS2022")
    code = dy.String(regex=r"^[0-9A-Z.]{1,12}$", description="code")
    list = words("list it is on")
    tier = words("place on the list", null=True)
    description = words("what it is", most=900)


class Sectors(Statement):
    """Which codes an aggregate of an input–output table is made of."""

    resolution = words("regions28 or groups8")
    kind = one_of(("region", "sector"), "what the code stands for")
    code = words("code of the aggregate")
    members = words("codes it is made of, joined by spaces", most=900)


class Elasticities(Statement):
    """Trade elasticities by sector and by set of estimates."""

    resolution = words("regions28 or groups8")
    sector = words("sector code")
    set = words("set of estimates: IS, U4, CP …")
    parameter = one_of(("theta", "theta_min", "theta_max", "theta_harmonic", "sigma"), "sigma = theta + 1")
    value = number("the elasticity", least=0)


class IoFlows(Statement):
    """Sales of a sector's output from one economy to another (exporter = importer: at home)."""

    resolution = words("regions28: the default; groups8: display only, merging hides losses; icio81: your own download")
    exporter = words("selling economy or aggregate", most=20)
    importer = words("buying economy or aggregate", most=20)
    sector = words("sector code", most=20)
    value_usd_mn = number("spending of the importer on this, tariff included, USD mn", least=0)
    tariff = number("ad-valorem tariff, fraction", null=True, least=-1)
    domestic_usd_mn = number(
        "the part spent at home; on the diagonal of an aggregate less than the value, USD mn", null=True
    )
