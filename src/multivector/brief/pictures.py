"""What the page draws: chart and map specs in the page's own colours, ready to embed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from multivector.brief.amount_charts import amount_spec
from multivector.brief.amounts import AmountChart
from multivector.brief.charts import chart_spec
from multivector.brief.content import Brief, Chart, CorridorView, LegLine, MapBlock, Partner
from multivector.brief.display import THIN, shown
from multivector.brief.drawers import embeddable
from multivector.brief.map import MapFlow, MapInput, MapPole, MapRoute, Worldview, map_units, pole_map
from multivector.brief.map_given import INKS
from multivector.brief.map_lines import OF_WIDEST

WIDE_PX, PHONE_PX = 1080, 360
_BILLION: Final = 1e9
_DIRECTION: Final = {"out": "sold", "in": "bought"}


def chart_text(brief: Brief, chart: Chart) -> str:
    """The spec of a chart as embeddable JSON."""
    return themed(chart_spec(brief, chart))


def amount_text(_: Brief, chart: AmountChart) -> str:
    """The spec of a chart of amounts as embeddable JSON."""
    return themed(amount_spec(chart))


def map_text(brief: Brief, block: MapBlock, width: int) -> str:
    """The spec of the map as embeddable JSON."""
    return themed(pole_map(map_given(brief, block), width=width))


def corridor_text(brief: Brief, view: CorridorView, width: int) -> str:
    """The spec of a picture of a network as embeddable JSON."""
    return themed(pole_map(corridor_given(brief, view), width=width))


def corridor_given(brief: Brief, view: CorridorView) -> MapInput:
    """The network's legs, each as wide as its weight; routes are named beside one of their legs."""
    title = "".join(one if isinstance(one, str) else "" for one in view.title)
    members = next(
        (block.members for section in brief.sections for block in section.blocks if isinstance(block, MapBlock)), ()
    )
    return MapInput(
        pivot=brief.pivot,
        poles=tuple(MapPole(pole.key, pole.label, dict(members).get(pole.key, frozenset())) for pole in brief.poles),
        flows=(),
        worldview=_worldview(brief.worldview),
        caption=f"Map of {brief.name} and the legs over which its goods leave. {title}.",
        routes=tuple(_leg(brief, line) for line in view.lines),
        names={brief.pivot: brief.name},
    )


def _leg(brief: Brief, line: LegLine) -> MapRoute:
    """A leg: its width is a share of the widest, its label the route's name and figure."""
    label = " "
    if line.figure is not None:
        label = f"{line.label.split(':')[0]}\n{shown(brief.figures[line.figure]).value}"
    return MapRoute(
        name=line.leg,
        territory_pole=line.pole,
        amount=line.weight,
        unit=OF_WIDEST,
        coordinates=line.coordinates,
        mode=line.mode,
        label=label,
        figure=line.figure or "",
    )


def themed(spec: Mapping[str, Any]) -> str:
    """The spec with the page's own colour variables: a change of theme, or of medium, needs no new drawing."""
    text = json.dumps(spec, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    ink = INKS["light"]
    for name in ("paper", "ink", "muted", "hatch", "sea", "land", "coast", "line"):
        text = text.replace(getattr(ink, name), f"var(--{name})")
    return embeddable(text)


def can_map(brief: Brief) -> bool:
    """Whether the map has a shape for the state."""
    return brief.pivot in map_units()


def map_given(brief: Brief, block: MapBlock) -> MapInput:
    """The map's content: poles, flows with their figures, names as the brief gives them."""
    labels = {pole.key: pole.label for pole in brief.poles}
    drawn = [one for one in block.partners if one.partner in map_units()]
    names = {one.partner: partner_name(brief, one) for one in drawn}
    return MapInput(
        pivot=brief.pivot,
        poles=tuple(MapPole(key, labels[key], members) for key, members in block.members),
        flows=tuple(_flow(brief, one, names[one.partner]) for one in drawn),
        worldview=_worldview(brief.worldview),
        caption=f"Map of {brief.name} among its poles. {block.caption}",
        names=names | {brief.pivot: brief.name},
    )


def undrawn(brief: Brief, block: MapBlock) -> tuple[str, ...]:
    """Partners that the map has no shape for."""
    return tuple(dict.fromkeys(partner_name(brief, one) for one in block.partners if one.partner not in map_units()))


def partner_name(brief: Brief, partner: Partner) -> str:
    """`Goods to China` -> China."""
    return brief.figures[partner.figure].label.split(" ", 2)[2]


def _flow(brief: Brief, partner: Partner, name: str) -> MapFlow:
    figure = brief.figures[partner.figure]
    label = f"{name}\n{_DIRECTION[partner.direction]} {shown(figure).value}"
    value = (figure.value or 0.0) / _BILLION
    return MapFlow(partner.pole, partner.partner, label, value, f"bn{THIN}{figure.unit}", partner.direction, figure.id)


def _worldview(name: str) -> Worldview:
    return "de_facto" if name == "de_facto" else "un"
