"""Every figure of the brief leads to a formula and to sourced rows: none is orphaned, in the JSON or in the page."""

from __future__ import annotations

import datetime as dt
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from multivector.brief.build import build
from multivector.brief.content import Brief, Figure
from multivector.brief.data import as_data, as_json
from multivector.brief.html import render_html
from multivector.lenses.exposure.params import ExposureParams
from multivector.world import World

METHODS = Path(__file__).parents[2] / "docs" / "methods"
DAYS = (None, dt.date(2023, 11, 20), dt.date(2025, 6, 1))


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


@pytest.fixture(scope="module", params=["KAZ", "UZB", "ARM", "TUR"])
def state(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=DAYS, ids=str)
def page(request: pytest.FixtureRequest, world: World, state: str) -> Brief:
    day = request.param
    options = f" --as-of {day}" if day else ""
    return build(world.as_of(day) if day else world, ExposureParams(pivot=state), options=options)


class FigureReader(HTMLParser):
    """Collects every element that shows a figure, and the digits in text outside of them."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        named = dict(attrs)
        if "data-figure" in named:
            self.figures.append((str(named["data-figure"]), named.get("data-value")))


def orphans(page: Brief) -> list[str]:
    """Figures whose formula, rows, sources or inputs lead nowhere."""
    data = as_data(page)
    facts, sources = data["facts"], data["sources"]
    assert isinstance(facts, dict)
    assert isinstance(sources, dict)
    return [
        f"{figure.id}: {why}"
        for figure in page.figures.values()
        for why in [*broken_formula(figure), *broken_rows(figure, facts, sources), *broken_inputs(figure, page)]
    ]


def broken_formula(figure: Figure) -> list[str]:
    name, _, anchor = figure.formula.partition("#")
    page = METHODS / name.replace(".html", ".md")
    if not page.exists():
        return [f"no methods page {page.name}"]
    return [] if f"({anchor})=" in page.read_text(encoding="utf-8") else [f"no anchor {anchor} in {page.name}"]


def broken_rows(figure: Figure, facts: dict[str, dict[str, object]], sources: dict[str, object]) -> list[str]:
    if not figure.facts and not (figure.status == "modelled" and figure.inputs):
        return ["has no row"]
    missing = [row for row in figure.facts if row not in facts]
    unsourced = [row for row in figure.facts if row in facts and facts[row]["source"] not in sources]
    return [*(f"row {row} is nowhere" for row in missing), *(f"row {row} has no source" for row in unsourced)]


def broken_inputs(figure: Figure, page: Brief) -> list[str]:
    return [f"input {one} is no figure" for one in figure.inputs if one not in page.figures]


def test_no_figure_is_orphaned(page: Brief) -> None:
    assert len(page.figures) > 10
    assert orphans(page) == []


def test_every_source_says_who_where_and_on_what_terms(page: Brief) -> None:
    for row in page.sources.iter_rows(named=True):
        assert row["producer"], row
        assert row["title"], row
        assert row["license"], row


def test_json_has_no_nan_and_round_trips(page: Brief) -> None:
    text = as_json(page)
    assert "NaN" not in text
    assert "Infinity" not in text
    data = json.loads(text)
    assert {"pivot", "as_of", "version", "data_hash", "worldview", "figures", "facts", "sources", "caveats"} <= set(
        data
    )
    fields = {
        "id",
        "label",
        "section",
        "value",
        "low",
        "high",
        "unit",
        "status",
        "channel",
        "pole",
        "period",
        "formula",
    }
    assert all(fields | {"facts", "command"} <= set(figure) for figure in data["figures"])


def test_every_number_in_the_page_is_a_figure_of_the_brief(world: World, state: str) -> None:
    page = build(world, ExposureParams(pivot=state))
    reader = FigureReader()
    reader.feed(render_html(page))
    assert reader.figures
    for name, value in reader.figures:
        figure = page.figures[name]
        expected = "null" if figure.value is None else repr(figure.value)
        assert value == expected, (name, value, figure.value)


def test_planted_orphans_are_found(world: World) -> None:
    """The crawler itself can fail: figures without rows, with a broken id, formula, source or input are all found."""
    page = build(world, ExposureParams(pivot="ARM"))
    names = sorted(page.figures)[:20]
    planted = 0
    for place, name in enumerate(names):
        figure = page.figures[name]
        wrong = (
            {"facts": ()},
            {"facts": (*figure.facts, "flows.00000000000000")},
            {"formula": "exposure.html#nowhere"},
            {"inputs": ("no.such.figure",)},
        )[place % 4]
        broken = Figure(**{field: getattr(figure, field) for field in figure.__dataclass_fields__} | wrong)
        figures = {**page.figures, name: broken}
        changed = Brief(**{field: getattr(page, field) for field in page.__dataclass_fields__} | {"figures": figures})
        planted += bool([one for one in orphans(changed) if one.startswith(f"{name}:")])
    assert planted == 20


def test_as_of_pages_use_no_row_published_later(page: Brief) -> None:
    if not page.dated:
        pytest.skip("this page is of no day")
    days = page.facts["published"]
    assert days.null_count() == 0
    assert days.max() is not None
    assert all(day <= page.as_of for day in days)


def test_numbers_outside_figures_are_dates_headings_or_names(world: World) -> None:
    """Sentences are filled by figures: no digit of a finding or of the headline stands outside one."""
    page = build(world, ExposureParams(pivot="KAZ"))
    written = [part for section in page.sections for part in section.finding if isinstance(part, str)]
    written.extend(part for part in page.headline if isinstance(part, str))
    years = re.compile(r"\b(19|20)\d\d\b|Jan–|–(Oct|Sep|Jun) |\d{4}-\d{2}-\d{2}")
    loose = [text for text in written if re.search(r"\d", years.sub("", text)) and "measures have" not in text]
    assert loose == []
