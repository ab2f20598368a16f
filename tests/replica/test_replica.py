"""Whether docs/methods/exposure.md suffices: a second computation from the page alone gives the lens's every figure.

The modules beside this one follow the page section by section in plain Python and share no step with the lens: only
the table of measures and the units are the same. A difference means that the page or the code is wrong.
"""

from __future__ import annotations

import pytest
from tests.replica.comparing import READERS, Pair, cells_apart, changes_apart, estimates_apart, pair_of
from tests.replica.reading import Ground, ground_of

from multivector.lenses.exposure.measures import MEASURES
from multivector.world import World

PIVOTS = ("KAZ", "UZB", "ARM", "TUR", "KGZ", "MNG", "BLR")  # the last two lack big traders in complete lists


@pytest.fixture(scope="module")
def world() -> World:
    return World.open()


@pytest.fixture(scope="module")
def ground(world: World) -> Ground:
    return ground_of(world)


@pytest.fixture(scope="module", params=PIVOTS)
def pair(request: pytest.FixtureRequest, world: World, ground: Ground) -> Pair:
    return pair_of(world, ground, str(request.param))


def test_every_estimate_follows_from_the_page(pair: Pair) -> None:
    assert estimates_apart(pair) == {}


def test_every_cell_follows_from_the_page(pair: Pair) -> None:
    assert cells_apart(pair) == {}


def test_every_change_follows_from_the_page(pair: Pair) -> None:
    assert changes_apart(pair) == {}


def test_every_reader_is_compared(ground: Ground) -> None:
    """Kazakhstan has figures for each reader, so that no section is compared by nothing."""
    for reader, read in READERS.items():
        assert any(list(read(ground, "KAZ", rule)) for rule in MEASURES if rule.reader == reader), reader
