"""Do the pages say what the code says: anchors, limits, generated tables, dependencies, licences."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest

from multivector.lenses.exposure.lens import METHODS
from multivector.lenses.exposure.measures import MEASURES
from multivector.world import default_folder

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
METHOD_PAGES = tuple(sorted((DOCS / "methods").glob("*.md")))
PROMISED = {
    "exposure.html": frozenset(
        {"shares", "bounds", "supply", "floor", "routes", "memberships", "meetings", "combining", "doubts"}
        | {"concentration", "geometry", "trend", "mutual", "conflicts"}
    ),
    "brief.html": frozenset({"counts", "display"}),
    "corridors.html": frozenset(
        {"network", "rerouting", "range", "crossing", "power", "works", "spread", "strikes", "gains", "cut", "value"}
    ),
    "trade.html": frozenset({"table", "embargo", "band", "price-power", "autarky", "policies"}),
    "monitor.html": frozenset(
        {"two-counts", "mirror", "growth", "excess", "breaks", "effects", "products", "statements"}
    ),
    "equilibrium.html": frozenset({"certificate"}),
}
LEAST_WORDS = 40
_LINK = re.compile(r"\b([a-z]+\.html)#([a-z-]+)")


def anchors(page: str) -> frozenset[str]:
    """The explicit targets of a methods page: the built page has an element of that id for each."""
    text = (DOCS / "methods" / page).with_suffix(".md").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^\(([a-z-]+)\)=$", text, flags=re.MULTILINE))


def section(path: Path, title: str) -> str:
    """The text under a heading of the second level, up to the next one."""
    _, _, after = path.read_text(encoding="utf-8").partition(f"\n## {title}\n")
    return re.split(r"^## ", after, maxsplit=1, flags=re.MULTILINE)[0]


def used_links() -> frozenset[tuple[str, str]]:
    """Every methods anchor that any module of the package names."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    return frozenset(link for text in texts for link in _LINK.findall(text))


@pytest.mark.parametrize("page", PROMISED)
def test_promised_anchors_stand_on_the_page(page: str) -> None:
    assert PROMISED[page] <= anchors(page)


def test_every_anchor_that_the_product_links_to_exists() -> None:
    links = used_links()
    assert ("exposure.html", "bounds") in links  # the search itself works
    assert [f"{page}#{name}" for page, name in sorted(links) if name not in anchors(page)] == []


def test_methods_of_the_lens_are_among_them() -> None:
    assert {tuple(link.split("#")) for link in METHODS} <= used_links()


@pytest.mark.parametrize("path", METHOD_PAGES, ids=lambda path: path.stem)
def test_each_methods_page_states_its_limits_and_sources(path: Path) -> None:
    assert len(re.findall(r"\w+", section(path, "What this cannot tell you"))) >= LEAST_WORDS
    assert re.search(r"\d{4}|1:50m", section(path, "Sources and their dates"))


@pytest.mark.parametrize(
    "name", ["tables", "licences", "measures", "sources", "corridors", "corridor-sources", "trade", "monitor"]
)
def test_generated_pages_are_fresh(name: str) -> None:
    check_generated(name)


@pytest.mark.slow
def test_generated_help_is_fresh() -> None:
    check_generated("commands")


def check_generated(name: str) -> None:
    """Refuse a page that `docs/generate.py` would write otherwise."""
    command = [sys.executable, str(DOCS / "generate.py"), "--check", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_generate_names_a_page_it_does_not_know() -> None:
    command = [sys.executable, str(DOCS / "generate.py"), "--check", "nonsense"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nonsense" in done.stderr


def test_every_measure_stands_on_the_exposure_page() -> None:
    text = (DOCS / "methods" / "exposure.md").read_text(encoding="utf-8")
    assert [rule.key for rule in MEASURES if f"`{rule.key}`" not in text] == []


def test_every_runtime_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[<>=!~\[; ]", line)[0] for line in project["dependencies"]]
    text = (DOCS / "dependencies.md").read_text(encoding="utf-8")
    assert len(names) > 1
    assert [name for name in names if f"| `{name}` |" not in text] == []


def test_every_licence_of_a_source_is_named() -> None:
    terms = pl.read_csv(default_folder() / "sources.csv", infer_schema=False)["license"].unique()
    text = (DOCS / "licences.md").read_text(encoding="utf-8")
    assert [one for one in terms.sort() if f"### {one}\n" not in text] == []
