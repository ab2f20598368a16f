"""Rules of docs/methods/exposure.md that no row of the default world reaches: page and lens on small made-up worlds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.lenses.worlds import EXPORTS, PIVOT, SOLD, Flow, adding, listed, world_of
from tests.replica.comparing import cells_apart, changes_apart, estimates_apart, pair_of
from tests.replica.reading import ground_of

from multivector.world import Edit

GAS = Flow(sender="WLD", receiver=PIVOT, product="gas", channel="energy", measure="quantity", unit="bcm", scope="none")
OIL = Flow(product="crude_oil", channel="transit", measure="quantity", unit="Mt", scope="none", decimals=0)
LEGS = {"HOME": PIVOT, "RUSSIAN": f"{PIVOT};RUS", "CASPIAN": "AZE;TUR"}
WAYS = {"NORTH": ("HOME", "RUSSIAN"), "SHORT": ("HOME",), "SOUTH": ("HOME", "CASPIAN")}


def used(amount: float, name: str = "gas_consumption", unit: str = "bcm", decimals: int = 1) -> Edit:
    line = {"subject": PIVOT, "name": name, "value": amount, "unit": unit, "qualifier": "exact", "decimals": decimals}
    return adding("indicators", {**line, "period_start": dt.date(2020, 1, 1), "period_end": dt.date(2021, 1, 1)})


def network() -> tuple[Edit, ...]:
    both = {"network": "oil", "phase": "existing"}
    ends = {"origin": "here", "destination": "there", "mode": "pipeline"}
    legs = [{**both, **ends, "leg": leg, "territory": states} for leg, states in LEGS.items()]
    steps = [(route, step, leg) for route, along in WAYS.items() for step, leg in enumerate(along, start=1)]
    routes = [{**both, "route": route, "name": route.title(), "step": step, "leg": leg} for route, step, leg in steps]
    places = [{"place": place, "latitude": 0.0, "longitude": 0.0} for place in ("here", "there")]
    return adding("places", *places), adding("legs", *legs), adding("routes", *routes)


def gas(amounts: dict[str, float]) -> tuple[Flow, ...]:
    return listed(GAS, amounts)


def oil(tonnes: dict[str, float]) -> tuple[Flow, ...]:
    return tuple(replace(OIL, value=value, via=via) for via, value in tonnes.items())


WORLDS = {
    "a state beside its body": (gas({"EU": 4.0, "DEU": 3.0, "RUS": 1.0, "WLD": 5.0}), (used(20.0),)),
    "a body across poles": (gas({"CIS": 6.0, "TUR": 1.0, "WLD": 10.0}), (used(20.0),)),
    "a body across poles alone": (gas({"CIS": 6.0}), (used(20.0),)),
    "a use of nothing": (gas({"RUS": 4.0, "WLD": 4.0}), (used(0.0),)),
    "a part of a year": (
        (*gas({"WLD": 9.0}), replace(GAS, sender="RUS", value=3.0, end=dt.date(2020, 7, 1))),
        (used(9.0),),
    ),
    "at most so much": (listed(replace(GAS, qualifier="less_than"), {"RUS": 4.0, "CHN": 1.0}), (used(20.0),)),
    "students of a body": (
        listed(
            Flow(product="students", channel="culture", measure="quantity", unit="students", scope="none"),
            {"RUS": 900.0, "EU": 50.0, "FRA": 40.0, "CIS": 7.0},
        ),
        (used(3000.0, "students_at_home", "students", 0),),
    ),
    "tonnes by route": ((replace(OIL, value=10.0), *oil({"NORTH": 6.0, "SHORT": 7.0, "SOUTH": 2.0})), network()),
    "tonnes that avoid, twice told": (
        (
            replace(OIL, value=10.0),
            replace(OIL, value=40.0, source="beta", published=dt.date(2020, 2, 2)),
            replace(OIL, value=12.0, decimals=4, via="avoiding:RUS", source="gamma"),
        ),
        network(),
    ),
    "a little more avoids than leaves": (
        (replace(OIL, value=100.0), replace(OIL, value=100.9, decimals=4, via="avoiding:RUS", source="gamma")),
        network(),
    ),
    "a printed territory": (
        (
            replace(
                OIL,
                measure="share_of_sender",
                unit="fraction",
                value=0.9,
                decimals=1,
                qualifier="about",
                via="territory:RUS",
            ),
        ),
        network(),
    ),
    "own count and mirror": (
        (
            *listed(replace(EXPORTS, source="beta", reporter=PIVOT, decimals=2), {"RUS": 0.4, "CHN": 0.3}),
            *listed(replace(EXPORTS, reporter="RUS", decimals=2), {"RUS": 0.5, "CHN": 0.2}),
        ),
        (),
    ),
    "mirror alone": (listed(replace(EXPORTS, reporter="RUS", list_rule="complete"), {"RUS": 0.5, "CHN": 0.2}), ()),
    "claims and judgements beside a bound": (
        (
            *listed(replace(EXPORTS, list_rule="top", decimals=2), {"DEU": 0.4, "FRA": 0.3}),
            *listed(replace(EXPORTS, source="beta", status="claim"), {"RUS": 0.6}),
            *listed(replace(EXPORTS, source="gamma", status="judged", qualifier="more_than"), {"CHN": 0.7}),
        ),
        (),
    ),
    "bodies that overlap": (listed(replace(EXPORTS, decimals=2), {"EU": 0.4, "NATO": 0.3, "FRA": 0.2, "CIS": 0.1}), ()),
    "a partner gone dark": (
        (
            *listed(replace(EXPORTS, list_rule="top", year=2019), {"RUS": 0.5, "CHN": 0.2}),
            *listed(replace(EXPORTS, list_rule="top"), {"CHN": 0.3, "DEU": 0.1}),
        ),
        (),
    ),
    "amounts of two editions": (
        (
            *listed(replace(SOLD, published=dt.date(2021, 5, 5)), {"RUS": 30.0, "CHN": 20.0, "WLD": 100.0}),
            *listed(replace(SOLD, published=None), {"RUS": 90.0, "DEU": 5.0, "WLD": 120.0}),
        ),
        (),
    ),
}


@pytest.mark.parametrize(("flows", "edits"), WORLDS.values(), ids=WORLDS)
def test_page_and_lens_agree(flows: Sequence[Flow], edits: Sequence[Edit]) -> None:
    world = world_of(flows, *edits)
    pair = pair_of(world, ground_of(world), PIVOT)
    assert estimates_apart(pair) == {}
    assert cells_apart(pair) == {}
    assert changes_apart(pair) == {}
