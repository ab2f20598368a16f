"""The section on circumvention: every figure is checkable, flags are words, pictures follow the schema."""

from __future__ import annotations

import re
from pathlib import Path

import altair as alt
import pytest
from tests.brief.specs import walk

from multivector.brief.amount_charts import HEIGHT_PX, LEADING_PX, amount_spec
from multivector.brief.amounts import AmountChart, AmountCharts
from multivector.brief.content import Ref, Table
from multivector.brief.figures import Desk, Part
from multivector.brief.map_given import INKS, POLE_COLOURS, Theme
from multivector.brief.monitor import monitor_answer, monitor_part
from multivector.brief.monitor_figures import Watch
from multivector.brief.monitor_tables import charts as drawn
from multivector.brief.pictures import themed
from multivector.brief.terminal_amounts import amount_lines
from multivector.lenses.exposure.params import ExposureParams
from multivector.lenses.monitor.lens import measure
from multivector.lenses.monitor.params import MonitorParams
from multivector.world import World

PAGE = Path(__file__).parents[2] / "docs" / "methods" / "monitor.md"
WIDTH = 96


def desk_of(pivot: str) -> Desk:
    world = World.open()
    names = dict(world.rows("actors").select("actor", "name").iter_rows())
    return Desk(
        world=world,
        result=measure(world, MonitorParams(pivot="KAZ", draws=100)),
        params=ExposureParams(pivot=pivot),
        name=names[pivot],
        poles=(),
        labels={},
        names=names,
        options="",
    )


def watch_of(pivot: str, **given: int) -> Watch:
    desk, params = desk_of(pivot), MonitorParams.model_validate({"pivot": pivot, "draws": 100, **given})
    return Watch(desk, measure(desk.world, params), params)


@pytest.fixture(scope="module")
def watch() -> Watch:
    return watch_of("KAZ")


@pytest.fixture(scope="module")
def section(watch: Watch) -> Part:
    return monitor_part(watch.desk, watch)


@pytest.fixture(scope="module")
def charts(watch: Watch) -> tuple[AmountChart, ...]:
    return drawn(watch, {}).charts


def table(section: Part, words: str) -> Table:
    (found,) = (one for one in section.section.blocks if isinstance(one, Table) and words in one.caption)
    return found


def test_every_figure_has_rows_a_section_of_the_page_and_a_command(watch: Watch, section: Part) -> None:
    anchors = set(re.findall(r"^\(([a-z-]+)\)=$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    known = set(watch.result.facts["id"])
    assert len({one.id for one in section.figures}) == len(section.figures) > 40
    for figure in section.figures:
        assert set(figure.facts) <= known
        assert figure.facts
        page, _, anchor = figure.formula.partition("#")
        assert (page, anchor in anchors) == ("monitor.html", True), figure.formula


def test_every_value_stands_in_the_table_that_its_command_prints(watch: Watch, section: Part) -> None:
    for figure in section.figures:
        name = figure.command.split("--table ")[1].split(" ")[0]
        lines = watch.result.tables[name]
        held = {value for column in lines.columns if lines[column].dtype.is_float() for value in lines[column]}
        assert figure.value is None or figure.value in held, figure.id
        assert figure.command.startswith("multivector monitor KAZ --draws 100 --table ")


def test_figures_stand_in_sentences_and_digits_outside_them_are_years(section: Part) -> None:
    names = {one.id for one in section.figures}
    written = [part for part in section.section.finding if isinstance(part, str)]
    assert all(part.figure in names for part in section.section.finding if isinstance(part, Ref))
    assert not [text for text in written if re.search(r"\d", re.sub(r"\b20\d\d\b", "", text))]


def test_a_broken_count_is_a_word_and_no_figure(section: Part) -> None:
    rows = {row[0][0]: row for row in table(section, "Gap by importer").rows}
    assert rows["Armenia"][-1] == ("broken, partial",)
    assert rows["Georgia"][-1] == ("no mirror",)
    assert "monitor.gap.ARM.2023" not in {one.id for one in section.figures}


def test_a_claim_stands_beside_its_denial(section: Part) -> None:
    rows = table(section, "What was said").rows
    pair = [row for row in rows if str(row[0][0]).replace("\N{NON-BREAKING HYPHEN}", "-") == "2023-10-19"]
    assert len(pair) >= 2
    kinds = [str(row[1][0]).split(",")[0] for row in pair]
    assert {"claim", "denial"} <= set(kinds)
    assert all(row[3][0] == "contradicted" for row in pair)


@pytest.mark.parametrize(
    ("pivot", "says"),
    [("KAZ", "is not in Kazakhstan’s own count"), ("UZB", "counts no less"), ("GEO", "own count is missing")],
)
def test_findings(pivot: str, says: str) -> None:
    one = watch_of(pivot)
    finding = monitor_part(one.desk, one).section.finding
    assert says in "".join(part if isinstance(part, str) else "…" for part in finding)


@pytest.mark.parametrize("window", [{"since": 2023}, {"until": 2020}, {"since": 2021, "until": 2022}], ids=str)
def test_a_window_shows_fewer_figures_and_the_same(section: Part, window: dict[str, int]) -> None:
    one = watch_of("KAZ", **window)
    part = monitor_part(one.desk, one)
    whole = {figure.id: (figure.value, figure.low, figure.high) for figure in section.figures}
    assert {figure.id: (figure.value, figure.low, figure.high) for figure in part.figures}.items() < whole.items()
    grown = {row[1][0] for row in table(part, "Exports of the EU: growth").rows if isinstance(row[1][0], str)}
    assert grown == (set() if window.get("until") == 2022 else {"not shown"})
    months = drawn(one, {}).charts[-1]
    first, last = months.lines[0].points[0].at, months.lines[0].points[-1].at
    assert len(months.marks) == (window.get("until") == 2022)
    assert all(first <= mark.at <= last for mark in months.marks)


def test_a_converted_amount_is_told(section: Part) -> None:
    rows = [row for row in table(section, "What was said").rows if "roubles" in str(row[1][0])]
    assert [row[3][-1] for row in rows] == [
        "; stated in RUB: the amount in USD is the source's conversion, at its own rate"
    ]


def test_a_state_without_rows_gets_words(watch: Watch) -> None:
    desk = desk_of("MNG")
    answer = monitor_answer(desk)
    assert isinstance(answer, str)
    part = monitor_part(desk, answer)
    assert "unknown, not nil" in str(part.section.finding[0])
    assert part.figures == ()
    assert isinstance(monitor_answer(watch.desk), Watch)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_follow_the_schema_and_load_nothing(charts: tuple[AmountChart, ...], theme: Theme) -> None:
    assert [chart.id for chart in charts] == ["monitor-mirror", "monitor-months"]
    for chart in charts:
        spec = amount_spec(chart, theme=theme)
        alt.LayerChart.from_dict(spec)  # raises where the schema of Vega-Lite is broken
        assert not [part for part in walk(spec) if "url" in part]
        assert spec["description"].startswith(chart.title)
        assert all(part["fill"] == INKS[theme].ink for part in walk(spec) if part.get("type") == "text")


def test_points_are_the_figures_and_all_lie_inside(charts: tuple[AmountChart, ...], section: Part) -> None:
    figures = {one.id: one for one in section.figures}
    rows = [row for row in walk(amount_spec(charts[0])) if "figure" in row]
    assert len(rows) == 10
    for row in rows:
        assert row["height"] == pytest.approx(figures[row["figure"]].value, abs=0.06)
    for chart in charts:
        spec = amount_spec(chart)
        (first, last), (low, top) = (spec["encoding"][axis]["scale"]["domain"] for axis in ("x", "y"))
        assert low == 0
        for line in chart.lines:
            assert all(first <= point.at <= last and 0 <= point.height <= top for point in line.points)


def test_labels_do_not_touch(charts: tuple[AmountChart, ...]) -> None:
    for chart in charts:
        spec = amount_spec(chart)
        top = spec["encoding"]["y"]["scale"]["domain"][1]
        heights = sorted({row["height2"] for row in walk(spec) if "at2" in row and "text" in row})
        assert len(heights) == len(chart.lines)
        gap = (heights[-1] - heights[0]) / top * spec["height"] if len(heights) > 1 else LEADING_PX
        assert gap >= LEADING_PX - 0.1
        assert spec["height"] + sum(spec["padding"][side] for side in ("top", "bottom")) == HEIGHT_PX


def test_a_count_that_cannot_be_used_is_hollow_and_joined_to_nothing() -> None:
    spec = amount_spec(drawn(watch_of("ARM"), {}).charts[0])
    hollow = [row for row in walk(spec) if row.get("figure") and row["fill"] == INKS["light"].paper]
    assert [row["figure"] for row in hollow] == ["monitor.imports.ARM.2023"]
    ends = {row["at2"] for row in walk(spec) if "at2" in row and "text" not in row}
    assert 2023.5 in ends  # the exporter's own line goes on
    shaded = [row["at"] for row in walk(spec) if "other" in row]
    assert max(shaded) == 2022.5


def test_the_page_swaps_inks_and_keeps_colours(charts: tuple[AmountChart, ...]) -> None:
    text = themed(amount_spec(charts[0]))
    assert "var(--ink)" in text
    assert INKS["light"].ink not in text
    assert POLE_COLOURS["west"] in text


def test_the_terminal_draws_the_months(charts: tuple[AmountChart, ...]) -> None:
    lines = list(amount_lines(AmountCharts(charts=charts, caption="")))
    assert all(len(line) <= WIDTH for line in lines)
    (mark,) = (line for line in lines if "▲" in line)
    (row,) = (line for line in lines if line.startswith("EU "))
    assert "new level from May 2022" in mark
    assert len(row.rstrip()) == 22 + 68  # a block a month
    assert mark.index("▲") == 22 + 40  # May 2022 is the 41st month from January 2019
