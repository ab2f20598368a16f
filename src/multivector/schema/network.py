"""How goods get out: places, legs, what is said of each leg, routes, bottlenecks, expansions, drawn shapes."""

from __future__ import annotations

from typing import get_args

import dataframely as dy

from multivector.schema.base import Qualifier, Statement, number, one_of, words
from multivector.schema.units import UNITS

NETWORKS = ("oil", "cargo")


class Places(Statement):
    """Points that legs join."""

    place = words("name of the point", most=120)
    latitude = number("degrees", least=-90, most=90)
    longitude = number("degrees", least=-180, most=180)


class Legs(Statement):
    """One stretch of a way out. What it can carry stands in `leg_values`, one row a statement."""

    leg = dy.String(regex=r"^[A-Z][A-Z0-9_]{1,15}$", description="key of the leg")
    network = one_of(NETWORKS, "which network it belongs to")
    origin = words("where it starts", names="place", most=120)
    destination = words("where it ends", names="place", most=120)
    mode = words("pipeline, sea, rail, road, port or terminal", most=20)
    territory = words("states it crosses, joined by `;`", names="actor", many=True)
    controller = words("states that can stop it, joined by `;`", null=True, names="actor", many=True)
    operator = words("firms that run it", null=True)
    bottleneck = words("shared limit that it counts against", null=True, most=40)
    phase = one_of(("existing", "building", "proposal"), "whether it carries anything yet")
    shape = words("key of the line in `geometries` that it runs along; empty: drawn straight", null=True, most=40)


class LegValues(Statement):
    """What a source says of a leg: nameplate, quota, tariff, days, length. Conflicts stay side by side."""

    leg = words("key of the leg", names="leg", most=20)
    attribute = words("nameplate, quota, contract, tariff, days, length, load_limit, ownership …", most=40)
    value = number("the figure, in `unit`")
    unit = one_of(tuple(UNITS), "unit of `value`")
    qualifier = one_of(get_args(Qualifier), "exact, or the bound that the source prints", default="exact")
    item = words("what exactly the source speaks of", null=True)


class Routes(Statement):
    """Which legs a named way is made of: one row a leg, in order."""

    route = words("key of the route: CPC", most=60)
    network = one_of(NETWORKS, "which network it belongs to")
    name = words("name as shown")
    step = dy.Int64(min=1, description="place of the leg on the way")
    leg = words("key of the leg", names="leg", most=20)


class Bottlenecks(Statement):
    """A limit that several legs share."""

    bottleneck = words("key", most=40)
    network = one_of(NETWORKS, "which network it belongs to")
    name = words("what it is")
    kind = one_of(
        ("capacity", "quota"), "capacity: of everybody's goods together; quota: of one sender's", default="capacity"
    )
    limit = number("the limit, in `unit`", least=0)
    unit = one_of(tuple(UNITS), "unit of `limit`")


class Expansions(Statement):
    """What could be built: added capacity, cost, when."""

    leg = words("key of a leg or of a bottleneck", most=40)
    name = words("what would be built")
    capacity_after = number("capacity afterwards, in `unit`", null=True, least=0)
    unit = one_of(tuple(UNITS), "unit of `capacity_after`")
    cost_usd = number("cost, USD", null=True, least=0)


class Geometries(Statement):
    """Lines to draw a leg or a route along."""

    shape = words("key of the line", most=40)
    name = words("name of the line")
    mode = words("pipeline, sea, rail or road", most=20)
    phase = one_of(("existing", "building", "proposal"), "whether it carries anything yet")
    territory = words("states it touches, joined by `;`", null=True, names="actor", many=True)
    length_km = number("length along the line, km", null=True, least=0)
    coordinates = words("GeoJSON coordinates of a MultiLineString, degrees", most=20_000)
