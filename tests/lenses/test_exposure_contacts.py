"""Shared memberships and meetings found, by hand on a tiny roll."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pytest
from tests.lenses.worlds import PIVOT, bare, cell, measured, rows_of

from multivector.schema import TABLES
from multivector.world import Edit, World

ROLL: Mapping[str, Mapping[str, str]] = {
    PIVOT: {"CIS": "member", "SCO": "member", "WTO": "member", "CICA": "member"},
    "RUS": {"CIS": "member", "SCO": "member", "WTO": "member", "CICA": "member"},
    "CHN": {"SCO": "member", "WTO": "member", "CIS": "observer"},
    "TUR": {"OTS": "member", "CIS": "observer", "CICA": "member"},
}


def world_with(roll: Mapping[str, Mapping[str, str]], *, partial: tuple[str, ...] = ()) -> World:
    """A world in which these are all the memberships there are; `partial` organisations may have further members."""
    lines = [
        {
            "actor": actor,
            "organisation": body,
            "role": role,
            "precision": "day",
            "period_start": dt.date(2000, 1, 1),
            "published": dt.date(2001, 1, 1),
        }
        for actor, bodies in roll.items()
        for body, role in bodies.items()
    ]
    tables = dict(bare().tables)
    tables["memberships"] = TABLES["memberships"].create_empty().lazy()
    coverage = pl.when(pl.col("actor").is_in(partial)).then(pl.lit("partial")).otherwise(pl.lit("complete"))
    tables["actors"] = tables["actors"].with_columns(
        coverage=pl.when(pl.col("kind") == "organisation").then(coverage).otherwise(pl.col("coverage"))
    )
    said = {"kind": "treaty", "what": "the day it is", "unit": "words", "precision": "day"}
    today = {**said, "period_start": dt.date(2021, 6, 1), "published": dt.date(2021, 6, 1)}
    edits = (Edit("memberships", add=rows_of("memberships", lines)), Edit("events", add=rows_of("events", [today])))
    return World(tables=tables, hash="tiny").edit(edits)


def test_overlap_by_hand() -> None:
    result = measured(world_with(ROLL), "memberships", year=2020)
    values = {pole: cell(result, "memberships", pole).value for pole in ("russia", "china")}
    assert values == {"russia": 1.0, "china": 0.5}


def test_an_observer_is_known_not_to_be_a_member() -> None:
    """China observes the CIS: even where the roll of the CIS is partial, it is no member."""
    result = measured(world_with(ROLL, partial=("CIS",)), "memberships", year=2020)
    china = cell(result, "memberships", "china")
    assert (china.value, china.low, china.high, china.kind) == (0.5, 0.5, 0.5, "measured")


def test_who_is_not_on_a_partial_roll_may_still_belong() -> None:
    result = measured(world_with(ROLL, partial=("CICA",)), "memberships", year=2020)
    china = cell(result, "memberships", "china")
    assert (china.value, china.low, china.high, china.kind) == (None, 0.5, 0.75, "bound")
    assert cell(result, "memberships", "russia").value == 1.0


def test_the_range_runs_over_the_members_of_a_pole() -> None:
    roll = {**ROLL, "AZE": {"OTS": "member", "CIS": "member", "WTO": "member"}}
    turkic = cell(measured(world_with(roll), "memberships", year=2020), "memberships", "turkic")
    assert turkic.value == pytest.approx((0.25 + 0.5) / 2)
    assert (turkic.low, turkic.high) == (0.25, 0.5)


def test_a_membership_without_a_first_day_does_not_count() -> None:
    world = world_with(ROLL)
    undated = world.tables["memberships"].with_columns(
        period_start=pl.when((pl.col("actor") == "RUS") & (pl.col("organisation") == "SCO"))
        .then(None)
        .otherwise(pl.col("period_start"))
    )
    result = measured(replace(world, tables={**world.tables, "memberships": undated}), "memberships", year=2020)
    assert cell(result, "memberships", "russia").value == 0.75


def test_without_a_membership_of_its_own_nothing_is_said() -> None:
    roll = {name: bodies for name, bodies in ROLL.items() if name != PIVOT}
    result = measured(world_with(roll), "memberships")
    assert (cell(result, "memberships", "russia").value, cell(result, "memberships", "russia").high) == (None, 1.0)


# Meetings


def met(*actors: str, kind: str = "visit", status: str = "observed") -> list[dict[str, object]]:
    return [
        {
            "kind": kind,
            "actors": f"{PIVOT};{names}" if names else PIVOT,
            "what": f"meeting {place}",
            "unit": "words",
            "precision": "day",
            "status": status,
            "period_start": dt.date(2020, 3, place + 1),
            "period_end": dt.date(2020, 3, place + 2),
        }
        for place, names in enumerate(actors)
    ]


def test_meetings_are_a_share_of_those_found() -> None:
    world = bare().edit((Edit("events", add=rows_of("events", met("RUS", "RUS;CHN", "EU", "DEU", "BRA"))),))
    result = measured(world, "meetings", year=2020)
    found = {pole: cell(result, "meetings", pole).value for pole in ("russia", "china", "west", "turkic")}
    assert found == {"russia": 0.4, "china": 0.2, "west": 0.4, "turkic": 0.0}
    assert any("those found, not all" in caveat for caveat in result.caveats)


def test_fewer_than_five_meetings_say_nothing() -> None:
    world = bare().edit((Edit("events", add=rows_of("events", met("RUS", "RUS", "CHN", "EU"))),))
    one = cell(measured(world, "meetings"), "meetings", "russia")
    assert (one.value, one.low, one.high) == (None, 0.0, 1.0)


@pytest.mark.parametrize(("kind", "status"), [("treaty", "observed"), ("visit", "plan"), ("visit", "claim")])
def test_what_is_no_meeting_held_does_not_count(kind: str, status: str) -> None:
    lines = met("RUS", "RUS", "RUS", "CHN", "CHN", "RUS", kind=kind, status=status)
    one = cell(measured(bare().edit((Edit("events", add=rows_of("events", lines)),)), "meetings"), "meetings", "russia")
    assert one.value is None
