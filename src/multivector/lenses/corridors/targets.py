"""What can be closed: a leg, a route, everything that a state controls, everything on its territory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from multivector.lenses.corridors.board import Stage
from multivector.lenses.corridors.book import SWAP, BookedLeg
from multivector.world.traffic import closing_with

KINDS: Final = ("leg", "route", "controller", "territory")


@dataclass(frozen=True, slots=True)
class Target:
    """Legs that close together, by their places; `name` is a leg, a route or a state."""

    kind: str
    name: str
    places: tuple[int, ...]


def targets(stage: Stage, ways: Mapping[str, Sequence[str]]) -> tuple[Target, ...]:
    """Everything that can be closed on a network. A swap is no leg to cut: only who controls it can stop it.

    `ways`: route -> its legs, of every route of the world, whether it carries anything or not.
    """
    legs = stage.legs
    by_key = {leg.leg: at for at, leg in enumerate(legs)}
    single = [Target("leg", leg.leg, (at,)) for at, leg in enumerate(legs) if leg.mode != SWAP]
    whole = [
        Target("route", one.route, tuple(by_key[leg] for leg in closing_with(one.route, ways))) for one in stage.routes
    ]
    return (*single, *whole, *controllers(legs), *territories(legs))


def controllers(legs: Sequence[BookedLeg]) -> list[Target]:
    """For each state, the legs that it alone can stop, with others or without."""
    names = sorted({state for leg in legs for state in leg.controller})
    return [
        Target("controller", name, tuple(at for at, leg in enumerate(legs) if name in leg.controller)) for name in names
    ]


def territories(legs: Sequence[BookedLeg]) -> list[Target]:
    """For each state, the legs that touch its territory: not the same thing as those it controls."""
    names = sorted({state for leg in legs for state in leg.territory})
    return [
        Target("territory", name, tuple(at for at, leg in enumerate(legs) if name in leg.territory)) for name in names
    ]


def shut(stage: Stage, places: Sequence[int]) -> npt.NDArray[np.float64]:
    """The usable part of every leg, (A,), when the legs at these places are closed whole."""
    usable = np.ones(len(stage.legs))
    usable[list(places)] = 0.0
    return usable


def displaced(stage: Stage, places: Sequence[int]) -> float:
    """What cannot go on as it did: on routes over these legs, and on routes that end where no open leg leads on."""
    board = stage.board
    closed = np.zeros(len(stage.legs), dtype=np.bool_)
    closed[list(places)] = True
    reaching = board.market.copy()
    for _ in stage.nodes:
        leading = reaching[board.network.head] & ~closed
        reaching[board.network.tail[leading]] = True
    hit = ~reaching[board.last]
    hit[board.way[closed[board.leg]]] = True
    return float(board.amount[hit].sum())
