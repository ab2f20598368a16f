"""The brief as one HTML file that opens without a network: content, pictures and every row behind them."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from multivector.brief import marks
from multivector.brief.content import Block, Brief, Figure, Form, Matrix, PoleStyle, Sentence, Series
from multivector.brief.display import shown
from multivector.brief.drawers import drawer_json
from multivector.brief.map_crop import disputed_near, shapes_near
from multivector.brief.pictures import (
    PHONE_PX,
    WIDE_PX,
    amount_text,
    can_map,
    chart_text,
    corridor_text,
    map_text,
    partner_name,
    undrawn,
)
from multivector.errors import NoAnswer

BUNDLE: Final = "vega.bundle.js"
_VIEWS: Final = {"un": "UN", "de_facto": "de facto"}


def render_html(brief: Brief) -> str:
    """The whole page as text: the same bytes for the same brief.

    Raises:
        NoAnswer: the Vega bundle was not built, so no chart could be drawn without a network.
    """
    scripts = (_bundle(), _static("brief.js"))
    template = _environment().get_template("page.html.j2")
    return template.render(
        **_words(brief),
        brief=brief,
        style_sheet=Markup(_static("brief.css")),  # noqa: S704 - shipped with the package
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - shipped with the package
        policy=_policy(scripts),
        drawers=Markup(drawer_json(brief)),  # noqa: S704 - JSON in which every < is escaped
        shapes=_topology(brief),
        view=_VIEWS.get(brief.worldview, brief.worldview),
        status_words=marks.STATUS_WORDS,
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("multivector.brief", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _static(name: str) -> str:
    return files("multivector.brief").joinpath("static", name).read_text(encoding="utf-8")


def _bundle() -> str:
    """The charts' engine, which the build hook writes; never fetched."""
    try:
        return _static(BUNDLE)
    except FileNotFoundError as missing:
        message = (
            f"{BUNDLE} is missing from this installation, and a page never fetches it: "
            "build it with `uv sync --reinstall-package multivector` (a wheel from `uv build` contains it)"
        )
        raise NoAnswer(message) from missing


def _policy(scripts: tuple[str, ...]) -> str:
    """Nothing may be loaded, and no script may run but these."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "font-src 'none'; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _topology(brief: Brief) -> dict[str, str]:
    """What the page's loader answers for `mv:world` and `mv:disputed`; nothing where no map is drawn."""
    if not can_map(brief):
        return {}
    widths = (WIDE_PX, PHONE_PX)
    return {
        "mv:world": _packed(shapes_near(brief.pivot, widths)),
        "mv:disputed": _packed(disputed_near(brief.pivot, widths)),
    }


def _packed(data: object) -> str:
    """JSON as zlib in base64: the coordinates of a map are most of a page, and shrink to two fifths."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), level=9)).decode()


def _words(brief: Brief) -> dict[str, Callable[..., Any]]:
    """What the templates may ask of the brief."""
    styles = {style.key: style for style in brief.poles}
    years = _spark_years(brief)
    titles = dict(brief.sources.select("source", "title").iter_rows())

    def fig(name: str, form: Form = "value") -> Markup:
        return marks.figure_mark(brief.figures[name], form)

    def said(sentence: Sentence) -> Markup:
        return marks.sentence_mark(brief, sentence)

    def spark(names: tuple[str, ...]) -> marks.Spark:
        return marks.spark([brief.figures[name] for name in names], years)

    def amount_of(name: str) -> str | None:
        amount = name.replace("balance.", "amount.", 1)
        return amount if amount in brief.figures else None

    def style(pole: str) -> PoleStyle:
        return styles[pole]

    def source(figure: Figure) -> str:
        return str(titles.get(figure.source, figure.source or ""))

    return {
        "fig": fig, "said": said, "spark": spark, "style": style, "source": source, "shown": shown, "bar": marks.bar,
        "size": marks.size, "attributes": marks.attributes, "coded": marks.coded, "kind": _kind,
        "sparks": _sparks, "table": _by_year,
        "percent": _percent, "chart_text": _marked(brief, chart_text),
        "amount_text": _marked(brief, amount_text), "can_map": can_map, "undrawn": undrawn,
        "partner_name": partner_name, "amount_of": amount_of, "map_wide": _marked(brief, map_text, WIDE_PX),
        "map_phone": _marked(brief, map_text, PHONE_PX),
        "corridor_wide": _marked(brief, corridor_text, WIDE_PX),
        "corridor_phone": _marked(brief, corridor_text, PHONE_PX),
        "is_link": _is_link,
    }  # fmt: skip


def _marked(brief: Brief, spec: Callable[..., str], *more: int) -> Callable[[object], Markup]:
    """A spec's text for the template: JSON in which every < is escaped."""
    return lambda block: Markup(spec(brief, block, *more))  # noqa: S704 - see embeddable


def _kind(block: Block) -> str:
    return type(block).__name__.lower()


def _percent(share: float) -> str:
    """A length for the style sheet."""
    return f"{max(0.0, min(share, 1.0)) * 100:.2f}%"


def _is_link(url: str | None) -> bool:
    return bool(url) and str(url).startswith(("https://", "http://"))


def _matrices(brief: Brief) -> list[Matrix]:
    return [block for section in brief.sections for block in section.blocks if isinstance(block, Matrix)]


def _spark_years(brief: Brief) -> tuple[int, int]:
    """The first and last year of all sparklines: they share one x axis."""
    names = [name for matrix in _matrices(brief) for row in matrix.rows for cell in row.cells for name in cell.spark]
    years = [int(brief.figures[name].period[:4]) for name in names]
    return (min(years), max(years)) if years else (0, 0)


def _sparks(matrix: Matrix) -> list[tuple[str, str, tuple[str, ...]]]:
    """Label, pole and figures of every sparkline, for the table beside them."""
    return [(row.label, cell.pole, cell.spark) for row in matrix.rows for cell in row.cells if cell.spark]


def _by_year(series: tuple[Series, ...]) -> Mapping[int, list[str | None]]:
    """Year -> the figure of each series, null where it has none; newest first."""
    held = [dict(one.figures) for one in series]
    years = sorted({year for one in held for year in one}, reverse=True)
    return {year: [one.get(year) for one in held] for year in years}
