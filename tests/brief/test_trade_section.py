"""The section on trade: what it says of a covered state, of one that is not, and of partners that are no poles."""

from __future__ import annotations

import json
import shlex

import pytest

from multivector.brief.build import build, build_trade
from multivector.brief.content import Brief, Table
from multivector.brief.html import render_html
from multivector.brief.terminal import render_section
from multivector.cli import run
from multivector.lenses.exposure.params import ExposureParams
from multivector.lenses.trade.params import TradeParams
from multivector.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


def text_of(brief: Brief) -> str:
    return "\n".join(render_section(brief))


def test_one_partner_is_told_from_both_sides_by_year(world: World) -> None:
    brief = build_trade(world, TradeParams(pivot="KAZ", embargo=("RUS",)))
    said = text_of(brief)
    flat = " ".join(said.replace("\N{NARROW NO-BREAK SPACE}", " ").split())
    assert "If trade with Russia stopped, Kazakhstan’s real income would fall by 1.9 % (1.2–3.8)" in flat
    assert "Russia’s would change by −0.13 % (−0.16 to −0.07)" in flat
    assert all(f"\n{year} " in said for year in (2012, 2014, 2017, 2019, 2020, 2021, 2022))
    assert "FGO additive" in said
    assert "No solution found" not in said
    assert all(len(row) <= 96 for row in said.splitlines())


def test_every_figure_leads_to_formula_rows_and_command(world: World) -> None:
    brief = build_trade(world, TradeParams(pivot="KAZ", embargo=("turkic", "EU", "USA")))
    held = set(brief.facts["id"])
    for figure in brief.figures.values():
        assert figure.facts
        assert set(figure.facts) <= held
        assert figure.formula.startswith("trade.html#")
        assert "--embargo turkic,EU,USA" in figure.command
    assert {"Turkic", "European Union", "United States of America"} <= {pole.label for pole in brief.poles}
    render_html(brief)


def test_a_state_inside_an_aggregate_is_unknown_and_not_nil(world: World) -> None:
    brief = build(world, ExposureParams(pivot="UZB"))
    section = next(one for one in brief.sections if one.key == "trade")
    assert "unknown, not nil" in "".join(str(word) for word in section.finding)
    assert not [one for one in brief.figures.values() if one.section == "trade"]


def test_poles_of_your_own_bring_no_quarrel_between_others(world: World) -> None:
    brief = build(world, ExposureParams(pivot="KAZ", poles=("russia", "china")))
    section = next(one for one in brief.sections if one.key == "trade")
    captions = [block.caption for block in section.blocks if isinstance(block, Table)]
    assert not any("Two others" in caption for caption in captions)


@pytest.mark.parametrize(
    "params",
    [
        {"between": ("none",)},
        {"tariffs": False, "embargo": ("RUS",)},
        {"sets": ("IS", "U4"), "closure": "multiplicative", "since": 2019, "moved": (0.0, 0.2)},
    ],
)
def test_the_command_of_a_figure_runs_as_printed(
    world: World, params: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = TradeParams.model_validate({"pivot": "KAZ", "year": 2022, **params})
    brief = build_trade(world, asked)
    figure = brief.figures[f"trade.loss.{asked.embargo[0]}.2022"]
    assert run(shlex.split(figure.command)[1:]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert figure.value in [row["loss"] for row in printed["rows"]]


def test_a_partner_counted_in_part_says_so(world: World) -> None:
    brief = build_trade(world, TradeParams(pivot="KAZ"))
    costs = next(block for block in brief.sections[0].blocks if isinstance(block, Table))
    partners = [row[0][0] for row in costs.rows]
    assert set(partners) == {"West (without AUS, ISL, NOR, NZL)", "Russia", "China", "Turkic (TUR alone)"}
    assert brief.figures["trade.imports.turkic.2022"].value is None
    assert "at least" in text_of(brief)
