"""The page as a file: complete, exact, safe against hostile text, the same bytes twice, nothing to fetch."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import polars as pl
import pytest

from multivector.brief import html
from multivector.brief.build import build
from multivector.brief.content import Brief, Charts, MapBlock, Words
from multivector.brief.display import shown
from multivector.brief.html import render_html
from multivector.errors import NoAnswer
from multivector.lenses.exposure.params import ExposureParams
from multivector.world import World

MOST_BYTES = 1_900_000  # half of it draws the charts; each section with charts and figures adds about a tenth
HOSTILE = '<img src="https://evil.example/x.png" onerror="alert(1)">'
VOID = {"meta", "link", "br", "img", "input", "hr", "circle", "path"}


class Page(HTMLParser):
    """The page's elements, the text inside each kind, and the scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        tag = self.open[-1] if self.open else ""
        self.texts.setdefault(tag, []).append(data)
        if tag == "script":
            self.scripts[-1] += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]

    def json(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        place = next(i for i, attrs in enumerate(self.of("script")) if attrs.get("id") == name)
        return json.loads(self.scripts[place])

    @property
    def words(self) -> str:
        return " ".join(" ".join(parts) for tag, parts in self.texts.items() if tag not in {"script", "style"})


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


@pytest.fixture(scope="module")
def brief(world: World) -> Brief:
    return build(world, ExposureParams(pivot="KAZ"))


@pytest.fixture(scope="module")
def text(brief: Brief) -> str:
    return render_html(brief)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def named(value: object, known: frozenset[str]) -> Iterator[str]:
    """Every figure id that the content tree mentions."""
    if isinstance(value, str):
        if value in known:
            yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from named(one, known)
    elif hasattr(value, "__dataclass_fields__"):
        for field in value.__dataclass_fields__:
            yield from named(getattr(value, field), known)


def test_every_figure_of_the_content_is_shown_to_the_last_digit(brief: Brief, page: Page) -> None:
    tree = (brief.headline, brief.deck, brief.keys, brief.sections)
    wanted = set(named(tree, frozenset(brief.figures)))
    assert len(wanted) > 200
    held: dict[str, set[tuple[str | None, ...]]] = {}
    for _, attrs in page.elements:
        if attrs.get("data-figure"):
            values = tuple(attrs.get(f"data-{end}") for end in ("value", "low", "high"))
            held.setdefault(str(attrs["data-figure"]), set()).add(values)
    assert wanted <= set(held)
    for name, ends in held.items():
        figure = brief.figures[name]
        low, high = (None if end is None else repr(end) for end in (figure.low, figure.high))
        assert ends == {("null" if figure.value is None else repr(figure.value), low, high)}, name


def test_every_figure_is_a_button_in_the_reading_order(page: Page) -> None:
    figures = [attrs for tag, attrs in page.elements if tag == "span" and attrs.get("class") == "fig"]
    assert len(figures) > 200
    assert {(one["role"], one["tabindex"], one["aria-expanded"]) for one in figures} == {("button", "0", "false")}


def test_sections_come_in_the_order_of_the_content(brief: Brief, page: Page) -> None:
    sections = [str(attrs["id"]) for attrs in page.of("section")]
    assert sections == [*(section.key for section in brief.sections), "sources"]
    for section in brief.sections:
        assert section.question in page.words


def test_unknown_is_said_and_nothing_is_blank(brief: Brief, page: Page) -> None:
    silent = [name for name, figure in brief.figures.items() if shown(figure).number == "unknown"]
    assert silent
    assert page.words.count("unknown") >= len({name for name in silent if name.startswith("balance.")})
    assert not re.search(r"\b(NaN|None|Infinity|undefined)\b", page.words)


def test_every_picture_has_a_table_beside_it(brief: Brief, text: str) -> None:
    blocks = [block for section in brief.sections for block in section.blocks]
    charts = sum(len(block.charts) for block in blocks if isinstance(block, Charts))
    maps = sum(isinstance(block, MapBlock) for block in blocks)
    assert text.count("<summary>As a table</summary>") == charts > 0
    assert text.count("<summary>The map as a table</summary>") == maps == 1


def test_nothing_is_fetched(text: str, page: Page) -> None:
    assert not [tag for tag, attrs in page.elements if "src" in attrs or "srcset" in attrs]
    assert [attrs["href"] for attrs in page.of("link")] == ["data:,"]
    style = "".join(page.texts["style"])
    assert "url(" not in style
    assert "@import" not in style
    for attrs in page.of("a"):
        assert re.match(r"https?://", str(attrs["href"]))
        assert attrs["rel"] == "noreferrer"
    assert "on" not in {name[:2] for _, attrs in page.elements for name in attrs}
    assert "</script><" not in text.replace("</script>\n", "")


def test_the_policy_allows_these_scripts_and_no_other(page: Page) -> None:
    policy = next(str(attrs["content"]) for attrs in page.of("meta") if "http-equiv" in attrs)
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    run = [script for script, attrs in zip(page.scripts, page.of("script"), strict=True) if "type" not in attrs]
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in run]
    assert len(hashes) == 2
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes


def test_drawers_hold_each_figure_with_its_rows(brief: Brief, page: Page) -> None:
    drawers = page.json("drawers")
    assert set(drawers["figures"]) == set(brief.figures)
    titles = set(brief.sources["title"])
    for name, held in drawers["figures"].items():
        label, value, _, exact, *_, shared, rows, count, inputs = held
        figure = brief.figures[name]
        assert (label, value, count) == (figure.label, shown(figure).value, len(figure.facts))
        assert exact == ("null" if figure.value is None else repr(figure.value))
        assert drawers["words"][shared[-1]] == figure.command
        assert inputs == list(figure.inputs)
        assert len(rows) == min(count, 12)
        for place in rows:
            row, _, _, source, *_ = drawers["facts"][place]
            assert row in figure.facts
            assert drawers["sources"][source][0] in titles


def hostile(brief: Brief) -> Brief:
    """The brief with markup in a name, a question, a caveat, a source, a row and a figure's label."""
    first, *others = brief.sections
    section = replace(first, question=HOSTILE, side=HOSTILE, blocks=(*first.blocks, Words(items=(HOSTILE,))))
    figures = {name: replace(figure, label=f"{figure.label} {HOSTILE}") for name, figure in brief.figures.items()}
    return replace(
        brief,
        name=HOSTILE,
        sections=(section, *others),
        figures=figures,
        facts=brief.facts.with_columns(says=pl.lit(HOSTILE)),
        sources=brief.sources.with_columns(title=pl.lit(HOSTILE), url=pl.lit("javascript:alert(1)")),
    )


def test_hostile_text_stays_text(brief: Brief) -> None:
    text = render_html(hostile(brief))
    page = Page(text)
    assert page.of("img") == []
    assert page.of("a") == []
    assert not [attrs for _, attrs in page.elements if "onerror" in attrs]
    assert HOSTILE in page.words
    assert HOSTILE not in text  # neither in markup nor in the JSON of a script element
    assert page.json("drawers")["facts"][0][1] == HOSTILE


def test_backticks_become_code_and_odd_ones_stay(brief: Brief) -> None:
    section = replace(brief.sections[0], side="the table `trend` <b>", blocks=(Words(items=("a ` alone",)),))
    page = Page(render_html(replace(brief, sections=(section, *brief.sections[1:]))))
    assert "trend" in page.texts["code"]
    assert "a ` alone" in page.words
    assert "<b>" in page.words


def test_a_state_without_a_shape_keeps_its_table(brief: Brief) -> None:
    text = render_html(replace(brief, pivot="XXX"))
    assert "The map has no shape for Kazakhstan" in text
    assert "mv:world" not in Page(text).words
    assert "The map as a table" in text


def test_a_missing_bundle_says_how_to_build_it(brief: Brief, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "BUNDLE", "nowhere.bundle.js")
    with pytest.raises(NoAnswer, match="uv sync --reinstall-package multivector"):
        render_html(brief)


@pytest.mark.parametrize("pivot", ["KAZ", "UZB", "ARM", "TUR", "MNG"])
def test_the_page_stays_small(world: World, pivot: str) -> None:
    text = render_html(build(world, ExposureParams(pivot=pivot)))
    assert len(text.encode()) <= MOST_BYTES


@pytest.mark.slow
def test_the_same_bytes_whatever_the_hash_seed() -> None:
    code = (
        "import hashlib; from multivector.brief.build import build; from multivector.brief.html import render_html;"
        "from multivector.lenses.exposure.params import ExposureParams; from multivector.world import World;"
        "page = render_html(build(World.open(), ExposureParams(pivot='KAZ')));"
        "print(hashlib.sha256(page.encode()).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        )
        for seed in ("1", "2")
    ]
    assert runs[0].stdout == runs[1].stdout
