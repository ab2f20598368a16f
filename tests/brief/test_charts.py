"""Small multiples: joined within one source only, labelled at the ends, readable without colour."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import altair as alt
import pytest
from tests.brief.specs import walk

from multivector.brief.build import build
from multivector.brief.charts import HEIGHT_PX, LEADING_PX, chart_lines, chart_spec
from multivector.brief.content import Brief, Chart, Charts
from multivector.brief.display import shown
from multivector.brief.map_given import INKS, Theme
from multivector.brief.pictures import themed
from multivector.lenses.exposure.params import ExposureParams
from multivector.world import World


@pytest.fixture(scope="module")
def brief() -> Brief:
    return build(World.open(), ExposureParams(pivot="KAZ"))


@pytest.fixture(scope="module")
def charts(brief: Brief) -> tuple[Chart, ...]:
    blocks = [block for section in brief.sections for block in section.blocks if isinstance(block, Charts)]
    found = tuple(chart for block in blocks for chart in block.charts)
    assert len(found) >= 3
    return found


def labels(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in walk(spec) if {"text", "height2", "figure"} <= set(row)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_specs_follow_the_schema_and_load_nothing(brief: Brief, charts: tuple[Chart, ...], theme: Theme) -> None:
    for chart in charts:
        spec = chart_spec(brief, chart, theme=theme)
        alt.LayerChart.from_dict(spec)  # raises where the schema of Vega-Lite is broken
        assert not [part for part in walk(spec) if "url" in part]
        assert spec["description"].startswith(chart.title)
        assert len(json.dumps(spec)) < 30_000
        ink = INKS[theme]
        for part in walk(spec):
            if part.get("type") == "text":
                assert part["fill"] == ink.ink


def test_each_pole_is_labelled_once_with_its_newest_figure(brief: Brief, charts: tuple[Chart, ...]) -> None:
    for chart in charts:
        rows = labels(chart_spec(brief, chart))
        assert len(rows) == len({series.pole for series in chart.series})
        for row in rows:
            figure = brief.figures[row["figure"]]
            years = [year for series in chart.series if series.pole == figure.pole for year, _ in series.figures]
            assert row["year"] == max(years)
            assert row["text"].endswith(shown(figure).number)


def test_labels_do_not_touch(brief: Brief, charts: tuple[Chart, ...]) -> None:
    for chart in charts:
        spec = chart_spec(brief, chart)
        top = spec["encoding"]["y"]["scale"]["domain"][1]
        heights = sorted(row["height2"] for row in labels(spec))
        gaps = [(b - a) / top * spec["height"] for a, b in pairwise(heights)]
        assert all(gap >= LEADING_PX - 0.1 for gap in gaps)
        assert max(heights) <= top * 1.0001
        assert min(heights) >= -1e-9
        assert spec["height"] + sum(spec["padding"][side] for side in ("top", "bottom")) == HEIGHT_PX


def test_a_second_source_is_a_ring_that_no_line_joins(brief: Brief, charts: tuple[Chart, ...]) -> None:
    rings = 0
    for chart in charts:
        spec = chart_spec(brief, chart)
        drawn = {(row["year"], row["height"]) for row in walk(spec) if "year2" in row and "figure" not in row}
        drawn |= {(row["year2"], row["height2"]) for row in walk(spec) if "year2" in row and "figure" not in row}
        joined = {
            (point.year, round(point.height, 6))
            for line in chart_lines(brief, chart)
            if line.joined
            for point in line.points
        }
        assert drawn <= joined
        rings += sum(row.get("fill") == INKS["light"].paper and "size" in row for row in walk(spec))
    assert rings > 0


def test_points_are_the_figures(brief: Brief, charts: tuple[Chart, ...]) -> None:
    for chart in charts:
        rows = [row for row in walk(chart_spec(brief, chart)) if {"figure", "size"} <= set(row)]
        assert {row["figure"] for row in rows} == {name for series in chart.series for _, name in series.figures}
        for row in rows:
            figure = brief.figures[row["figure"]]
            height = figure.value if figure.value is not None else figure.low
            assert height is not None
            assert row["height"] == pytest.approx(height, abs=1e-4)


def test_the_page_swaps_inks_and_keeps_poles(brief: Brief, charts: tuple[Chart, ...]) -> None:
    text = themed(chart_spec(brief, charts[0]))
    assert "var(--ink)" in text
    assert "var(--muted)" in text
    assert INKS["light"].ink not in text
    assert "#D55E00" in text
