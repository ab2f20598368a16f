"""Where the pivot lies, whose land surrounds it, and what ties run from it to the poles: one map as a Vega-Lite spec.

The spec names its shapes by the made-up addresses `mv:world` and `mv:disputed`; the page's loader answers them with
`shapes()` and `disputed()`. A worldview changes pictures, never numbers.
"""

from __future__ import annotations

import math
from typing import Any

from multivector.brief.map_frame import frame_for, projection
from multivector.brief.map_given import INKS, SANS, MapFlow, MapInput, MapPole, MapRoute, MapWords, Theme, Worldview
from multivector.brief.map_labels import legend_keys, legend_rows, line_keys, place_labels
from multivector.brief.map_layers import (
    WASH,
    disputed_layers,
    dot_layer,
    land_layers,
    sign_layer,
    stroke_layers,
    text_layers,
)
from multivector.brief.map_lines import arc_lines, pole_colours, route_lines
from multivector.brief.map_shapes import disputed, map_units, shapes, unit_at
from multivector.errors import UnknownName, WrongRequest

__all__ = [
    "INKS",
    "WASH",
    "MapFlow",
    "MapInput",
    "MapPole",
    "MapRoute",
    "MapWords",
    "Theme",
    "Worldview",
    "disputed",
    "map_units",
    "pole_map",
    "shapes",
    "unit_at",
]


def pole_map(given: MapInput, *, width: int = 1080, theme: Theme = "light") -> dict[str, Any]:
    """Draw the pivot among the poles as a Vega-Lite spec; under 640 px wide the phone's crop with fewer lines.

    Raises:
        UnknownName: the pivot or a partner is no unit of the map.
        WrongRequest: a value is negative or not finite, or flows (or routes) mix units that no width can compare.
    """
    import altair as alt  # lazy: half a second that only a drawn picture pays

    _check(given)
    ink, frame, colours = INKS[theme], frame_for(map_units()[given.pivot], width), pole_colours(given.poles)
    lines = [*arc_lines(given, frame, colours), *route_lines(given, colours, ink)]
    legend = legend_keys(given, colours, ink)
    entries, labels = legend_rows(legend, frame), place_labels(given, frame, lines)
    chart = alt.layer(
        *land_layers(given, frame, colours, ink),
        *disputed_layers(given, frame, colours, ink),
        *stroke_layers(lines, frame, ink),
        dot_layer(given, frame, colours, ink),
        sign_layer([*line_keys(labels), *legend], [*(label for label in labels if label.colour), *entries]),
        *text_layers([*labels, *entries], ink),
    ).project(**projection(frame))
    chart = chart.properties(width=width, height=int(entries[-1].y) + 20, padding=0, description=given.caption)
    chart = chart.configure(background=ink.paper, font=SANS).configure_view(stroke=None).configure_mark(aria=False)
    # The parts are checked against the schema in the tests; checking them at each drawing takes seconds.
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return spec


def _check(given: MapInput) -> None:
    for name in (given.pivot, *(flow.partner for flow in given.flows)):
        if name not in map_units():
            raise UnknownName("map unit", name, known=map_units())
    amounts = [(f.label, f.value) for f in given.flows] + [(r.name, r.amount) for r in given.routes]
    wrong = [f"{name!r} {v}" for name, v in amounts if v is not None and not (math.isfinite(v) and v >= 0)]
    for kind, units in (("flows", {f.unit for f in given.flows}), ("routes", {r.unit for r in given.routes})):
        if len(units) > 1:
            wrong.append(f"{kind} in {', '.join(sorted(units))}: line widths compare one unit only, draw two maps")
    if wrong:
        raise WrongRequest("a line's width needs a finite value of at least 0: " + "; ".join(wrong))
