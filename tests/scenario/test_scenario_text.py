"""Scenarios as files: what is written reads back, order of keys does not matter, mistakes are named."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from typing import get_args

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.errors import WrongRequest
from multivector.scenario import (
    Embargo,
    Join,
    Leave,
    Scenario,
    SetFlow,
    SetValue,
    read_scenario,
    scenario_schema,
    write_scenario,
)
from multivector.schema.base import Channel, Measure
from multivector.schema.units import UNITS

DAYS = st.dates(dt.date(1992, 1, 1), dt.date(2050, 1, 1))
NAMES = st.text(min_size=1, max_size=12)
JOINS = st.builds(Join, actor=NAMES, organisation=NAMES, start=DAYS, role=st.sampled_from(["member", "observer"]))
LEAVES = st.builds(Leave, actor=NAMES, organisation=NAMES, day=DAYS)
EMBARGOES = st.builds(
    Embargo,
    by=NAMES,
    on=NAMES,
    product=st.sampled_from(["goods", "gas"]),
    direction=st.sampled_from(["exports", "imports", "both"]),
    start=DAYS,
    end=st.none() | DAYS,
)
FLOWS = st.builds(
    lambda first, days, **rest: SetFlow(period_start=first, period_end=first + dt.timedelta(days=days), **rest),
    DAYS,
    st.integers(1, 800),
    sender=NAMES,
    receiver=NAMES,
    channel=st.sampled_from(get_args(Channel)),
    product=NAMES,
    measure=st.sampled_from(get_args(Measure)),
    value=st.floats(0, 1e15),
    unit=st.sampled_from(sorted(UNITS)),
)
CELLS = (
    st.text(max_size=20)
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | DAYS
)
VALUES = st.builds(SetValue, table=NAMES, row=NAMES, column=NAMES, value=CELLS)
SHOCKS = JOINS | LEAVES | EMBARGOES | FLOWS | VALUES
SCENARIOS = st.builds(
    Scenario,
    name=st.text(min_size=1, max_size=80),
    note=st.text(max_size=200),
    shocks=st.lists(SHOCKS, min_size=1, max_size=4).map(tuple),
)
SCHEMA = json.loads(scenario_schema())
EMBARGO = Scenario(name="gate", shocks=(Embargo(by="RUS", on="KAZ", start=dt.date(2024, 1, 1)),))


@settings(deadline=None)
@given(scenario=SCENARIOS)
def test_what_is_written_reads_back(scenario: Scenario) -> None:
    again = read_scenario(write_scenario(scenario))
    assert again == scenario
    assert [type(shock) for shock in again.shocks] == [type(shock) for shock in scenario.shocks]


@settings(deadline=None)
@given(scenario=SCENARIOS)
def test_writing_twice_gives_the_same_text(scenario: Scenario) -> None:
    text = write_scenario(scenario)
    assert write_scenario(read_scenario(text)) == text


@settings(max_examples=50, deadline=None)
@given(scenario=SCENARIOS, data=st.data())
def test_order_of_the_keys_does_not_matter(scenario: Scenario, data: st.DataObject) -> None:
    plain = tomllib.loads(write_scenario(scenario))
    mixed = {key: plain[key] for key in data.draw(st.permutations(sorted(plain)))}
    mixed["shocks"] = [
        {key: shock[key] for key in data.draw(st.permutations(sorted(shock)))} for shock in plain["shocks"]
    ]
    assert read_scenario(tomli_w.dumps(mixed)) == scenario


def test_the_order_of_the_shocks_does() -> None:
    one = Leave(actor="KAZ", organisation="EAEU", day=dt.date(2024, 1, 1))
    other = Join(actor="KAZ", organisation="EU", start=dt.date(2024, 1, 1))
    assert Scenario(shocks=(one, other)) != Scenario(shocks=(other, one))


@settings(max_examples=50, deadline=None)
@given(scenario=SCENARIOS)
def test_the_json_schema_takes_what_is_written(scenario: Scenario) -> None:
    plain = json.loads(json.dumps(tomllib.loads(write_scenario(scenario)), default=dt.date.isoformat))
    jsonschema.validate(plain, SCHEMA)


@pytest.mark.parametrize(
    "wrong",
    [
        {"shocks": []},
        {},
        {"shocks": [{"kind": "embrago", "by": "RUS", "on": "KAZ", "start": "2024-01-01"}]},
        {"shocks": [{"kind": "embargo", "by": "RUS", "on": "KAZ", "start": "2024-01-01", "until": "2025-01-01"}]},
        {"shocks": [{"kind": "embargo", "by": "RUS", "start": "2024-01-01"}]},
        {"shocks": [{"kind": "embargo", "by": "RUS", "on": "KAZ", "start": "2024-01-01", "direction": "sideways"}]},
        {"shocks": [{"kind": "leave", "actor": "KAZ", "organisation": "EAEU", "day": "2024-01-01"}], "nmae": "x"},
    ],
    ids=["no shock", "empty", "unknown kind", "unknown field", "missing field", "unknown word", "unknown key"],
)
def test_mistakes_are_refused_by_reader_and_schema(wrong: dict[str, object]) -> None:
    with pytest.raises(WrongRequest, match=r"^scenario: "):
        read_scenario(tomli_w.dumps(wrong))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1.0"])
def test_a_flow_of_no_size_is_refused(value: str) -> None:
    text = (
        '[[shocks]]\nkind = "set_flow"\nsender = "RUS"\nreceiver = "KAZ"\nchannel = "trade"\nproduct = "goods"\n'
        f'measure = "value"\nvalue = {value}\nunit = "USD"\nperiod_start = 2024-01-01\nperiod_end = 2025-01-01\n'
    )
    with pytest.raises(WrongRequest):
        read_scenario(text)


def test_text_that_is_no_toml() -> None:
    with pytest.raises(WrongRequest, match=r"not TOML: .*line 1"):
        read_scenario("shocks = ?")


def test_defaults_are_left_out_and_dates_stay_dates() -> None:
    plain = tomllib.loads(write_scenario(EMBARGO))
    assert plain == {
        "name": "gate",
        "shocks": [{"kind": "embargo", "by": "RUS", "on": "KAZ", "start": dt.date(2024, 1, 1)}],
    }
