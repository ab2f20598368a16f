"""The same figures, to the last digit, in terminal, page, JSON and library; each command prints its figures again."""

from __future__ import annotations

import json
import random
import re
import shlex
from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser

import polars as pl
import pytest

from multivector.brief.build import build
from multivector.brief.content import Brief, Figure
from multivector.brief.data import as_json
from multivector.brief.display import THIN, shown
from multivector.brief.html import render_html
from multivector.brief.terminal import render
from multivector.cli import run
from multivector.lenses.corridors.lens import measure as measure_corridors
from multivector.lenses.corridors.params import CorridorParams
from multivector.lenses.exposure.lens import measure
from multivector.lenses.exposure.params import ExposureParams
from multivector.lenses.monitor.lens import measure as measure_monitor
from multivector.lenses.monitor.params import MonitorParams
from multivector.lenses.trade.lens import measure as measure_trade
from multivector.lenses.trade.params import TradeParams
from multivector.result import Result
from multivector.world import World

SAMPLE = 200


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


@pytest.fixture(scope="module")
def page(world: World) -> Brief:
    return build(world, ExposureParams(pivot="KAZ"))


@pytest.fixture(scope="module")
def result(world: World) -> Result:
    return measure(world, ExposureParams(pivot="KAZ"))


def sample(page: Brief) -> list[Figure]:
    """200 figures, the same ones at every run."""
    chosen = random.Random(20261124).sample(sorted(page.figures), SAMPLE)  # noqa: S311 - a fixed sample, not a secret
    return [page.figures[name] for name in chosen]


class ValueReader(HTMLParser):
    """figure id -> the value attributes under which the page shows it."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, set[str | None]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        named = dict(attrs)
        if "data-figure" in named:
            self.values.setdefault(str(named["data-figure"]), set()).add(named.get("data-value"))


@cache
def tables_of(lens: str, world: World) -> Mapping[str, pl.DataFrame]:
    if lens == "trade":
        return measure_trade(world, TradeParams(pivot="KAZ")).tables
    if lens == "monitor":
        return measure_monitor(world, MonitorParams(pivot="KAZ")).tables
    return measure_corridors(world, CorridorParams(pivot="KAZ")).tables


def library_value(  # noqa: PLR0911 - one rule a kind of figure
    figure: Figure, result: Result, world: World, page: Brief
) -> float | None:
    """The figure again, from the library's tables and the world's rows."""
    kind, *rest = figure.id.split(".")
    if kind in {"balance", "coverage", "amount", "key"}:
        column = {"balance": "value", "coverage": "coverage"}.get(kind, "amount")
        rows = result.tables["balance"].filter(pl.col("measure") == rest[0])
        rows = rows.filter(pl.col("pole") == rest[1]) if len(rest) > 1 else rows.head(1)
        return one(rows, column)
    if kind == "series":
        rows = result.tables["estimates"].filter((pl.col("measure") == rest[0]) & (pl.col("pole") == rest[1]))
        start = pl.col("period_start").dt.year() == int(rest[2])
        whole = (pl.col("period_end") - pl.col("period_start")).dt.total_days() > 364
        return one(rows.filter(start & whole & (pl.col("source") == ".".join(rest[3:]))), "value")
    if kind == "trend":
        rows = result.tables["trend"].filter((pl.col("measure") == rest[0]) & (pl.col("pole") == rest[1]))
        return one(rows.filter(pl.col("source") == figure.source), "change")
    if kind == "mutual":
        rows = result.tables["mutual"].filter((pl.col("measure") == rest[0]) & (pl.col("pole") == rest[1]))
        return one(rows.sort("period_end").tail(1), "value")
    if kind == "count":
        return float(len(figure.inputs))
    if kind in {"corridors", "trade", "monitor"}:  # the table that its command names holds it
        table = tables_of(kind, world)[figure.command.split("--table ")[1].split(" ")[0]]
        held = {
            value for column in table.columns if table[column].dtype.is_float() for value in table[column].to_list()
        }
        return figure.value if figure.value in held else None
    if kind == "conflict" and figure.id.endswith(".gap"):
        small, large = (page.figures[name].value for name in figure.inputs)
        assert small is not None
        assert large is not None
        return (large - small) / large
    assert len(figure.facts) == 1, figure.id
    row = world.rows("flows", pl.col("id") == figure.facts[0])
    scale = {"USD bn": 1e9, "EUR bn": 1e9, "KZT bn": 1e9, "USD mn": 1e6, "Mt": 1e6}.get(row["unit"][0], 1.0)
    return float(row["value"][0]) * scale


def one(rows: pl.DataFrame, column: str) -> float | None:
    assert rows.height == 1, rows
    value = rows[column][0]
    return None if value is None else float(value)


def test_page_json_and_library_agree_to_the_last_digit(page: Brief, result: Result, world: World) -> None:
    reader = ValueReader()
    reader.feed(render_html(page))
    in_json = {figure["id"]: figure for figure in json.loads(as_json(page))["figures"]}
    checked = 0
    for figure in sample(page):
        assert in_json[figure.id]["value"] == figure.value
        assert (in_json[figure.id]["low"], in_json[figure.id]["high"]) == (figure.low, figure.high)
        if figure.id in reader.values:
            expected = "null" if figure.value is None else repr(figure.value)
            assert reader.values[figure.id] == {expected}, figure.id
            checked += 1
        again = library_value(figure, result, world, page)
        assert again == (None if figure.value is None else pytest.approx(figure.value, rel=1e-15)), figure.id
    assert checked > SAMPLE * 0.9


def test_terminal_prints_the_same_figures(page: Brief) -> None:
    text = "\n".join(render(page, detail="all"))
    squeezed = re.sub(r"\s+", " ", text)
    for figure in sample(page):
        if figure.id.startswith(("amount.", "coverage.", "key.", "count.")):
            continue  # shown in the page only, or inside a sentence in other words
        words = shown(figure).value.replace(THIN, " ")
        if figure.id.startswith("trade."):  # in narrow columns, which break between a number and its unit
            words = shown(figure).number.removeprefix(f"≥{THIN}")
        assert words in squeezed, (figure.id, words)


def commands(page: Brief) -> Iterator[tuple[str, list[Figure]]]:
    """Each distinct command with the figures that it shall print."""
    grouped: dict[str, list[Figure]] = {}
    for figure in page.figures.values():
        grouped.setdefault(figure.command, []).append(figure)
    yield from sorted(grouped.items())


def test_every_command_prints_its_figures_again(page: Brief, capsys: pytest.CaptureFixture[str]) -> None:
    for command, figures in commands(page):
        words = shlex.split(command)
        assert words[0] == "multivector"
        assert run(words[1:]) == 0, command
        printed = json.loads(capsys.readouterr().out)
        numbers = {repr(number) for number in floats(printed)}
        for figure in figures:
            if figure.value is None or figure.id.startswith("count."):
                continue
            if figure.id.startswith(("conflict.", "map.")):  # money as printed by the source, in its own unit
                continue
            assert repr(figure.value) in numbers, (figure.id, command)


def floats(data: object) -> Iterator[float]:
    if isinstance(data, bool):
        return
    if isinstance(data, int | float):
        yield float(data)
    elif isinstance(data, dict):
        for value in data.values():
            yield from floats(value)
    elif isinstance(data, list):
        for value in data:
            yield from floats(value)


def test_same_world_same_bytes(world: World, page: Brief) -> None:
    again = build(World.open(), ExposureParams(pivot="KAZ"))
    assert as_json(again) == as_json(page)
    assert render_html(again) == render_html(page)
    assert list(render(again)) == list(render(page))
    assert world.hash == again.data_hash
