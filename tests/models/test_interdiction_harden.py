"""The best defence is that of plain enumeration of defences and attacks; without money it is pure interdiction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.test_interdiction_min_cost import (
    BOUNDED,
    CLOSE,
    ENUMERATED,
    PIPES,
    Game,
    attacked,
    attacks_within,
    cost_under,
    leg_game,
    made_game,
)

from multivector.errors import WrongRequest
from multivector.models.interdiction import min_cost
from multivector.models.interdiction.harden import Hardening, harden

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Works:
    """What can be bought, as in `harden`."""

    arc: IntArray
    index: IntArray
    protect: BoolArray
    gain: FloatArray
    price: FloatArray
    side_gain: FloatArray


def made_works(seed: int, game: Game, *, options: int = 4) -> Works:
    """Works on one leg or several, that protect, widen, or both; some widen a shared limit."""
    rng = np.random.default_rng(seed + 1)
    entries = int(rng.integers(0, 8))
    return Works(
        arc=rng.integers(0, game.cost.size, entries),
        index=rng.integers(0, options, entries),
        protect=rng.random(entries) < 0.6,
        gain=np.where(rng.random(entries) < 0.6, rng.integers(0, 8, entries), 0.0),
        price=rng.choice([1.0, 2.0, 0.7], options),
        side_gain=np.where(rng.random((options, 1)) < 0.4, rng.uniform(0, 4, (options, game.side.limit.size)), 0.0),
    )


def protections(legs: Iterable[int], game: Game) -> Works:
    """One option a leg: it becomes immune, for 1."""
    arc = np.array(list(legs), dtype=np.int64)
    return Works(
        arc=arc,
        index=np.arange(arc.size),
        protect=np.ones(arc.size, dtype=np.bool_),
        gain=np.zeros(arc.size),
        price=np.ones(arc.size),
        side_gain=np.zeros((arc.size, game.side.limit.size)),
    )


def hardened(
    game: Game,
    works: Works,
    *,
    purse: float,
    budget: float,
    targets: int = ENUMERATED,
    time_limit: float | None = None,
) -> Hardening:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(min_cost, "MOST_ENUMERATED", targets)
        return harden(
            game.network,
            capacity=game.capacity,
            cost=game.cost,
            supply=game.supply,
            harden_budget=purse,
            attack_budget=budget,
            attackable=None,
            attack_cost=game.price,
            group=game.group,
            capacity_left=game.left,
            option_arc=works.arc,
            option_cost=works.price,
            option_protect=works.protect,
            option_gain=works.gain,
            option_index=None if np.array_equal(works.index, np.arange(works.price.size)) else works.index,
            shortage_cost=game.shortage,
            surplus_cost=game.surplus,
            side=game.side,
            side_gain=works.side_gain,
            time_limit=time_limit,
        )


def bought(game: Game, works: Works, chosen: Iterable[int]) -> Game:
    """The game with some works done, written down independently of the model."""
    capacity, group, limit = game.capacity.copy(), game.group.copy(), game.side.limit.copy()
    for option in chosen:
        limit = limit + works.side_gain[option]
        for entry in np.flatnonzero(works.index == option):
            capacity[works.arc[entry]] += works.gain[entry]
            if works.protect[entry]:
                group[works.arc[entry]] = -1
    return replace(game, capacity=capacity, group=group, side=replace(game.side, limit=limit))


def defences_within(works: Works, purse: float) -> Iterator[tuple[int, ...]]:
    options = range(works.price.size)
    for chosen in chain.from_iterable(combinations(options, size) for size in range(works.price.size + 1)):
        if works.price[list(chosen)].sum() <= purse + 1e-9:
            yield chosen


def worst_of(game: Game, budget: float) -> float:
    return max(cost_under(game, attack) for attack in attacks_within(game, budget))


def agrees_with_enumeration(game: Game, works: Works, *, purse: float, budget: float) -> None:
    worst = {chosen: worst_of(bought(game, works, chosen), budget) for chosen in defences_within(works, purse)}
    best = pytest.approx(min(worst.values()), rel=CLOSE, abs=CLOSE)
    for targets in (ENUMERATED, BOUNDED):
        found = hardened(game, works, purse=purse, budget=budget, targets=targets)
        assert found.proven
        assert found.value == best
        assert found.bound == best
        assert found.bound <= found.value
        assert worst[found.chosen] == best
        assert found.value_nothing == pytest.approx(worst[()], rel=CLOSE, abs=CLOSE)
        assert cost_under(bought(game, works, found.chosen), found.worst) == best
        for spared in found.chosen:  # nothing is bought in vain
            assert worst[tuple(option for option in found.chosen if option != spared)] > found.value + CLOSE


@settings(deadline=None, max_examples=12)
@given(seeds, st.sampled_from([1.0, 2.1, 3.0]), st.sampled_from([1.0, 2.0]), st.booleans())
def test_agrees_with_enumeration(seed: int, purse: float, budget: float, odd: bool) -> None:  # noqa: FBT001
    game = made_game(seed, nodes=5, legs=9, groups=3, earning=odd, roomy=odd)
    agrees_with_enumeration(game, made_works(seed, game), purse=purse, budget=budget)


@pytest.mark.parametrize("seed", [14, 54])
@pytest.mark.parametrize("purse", [2.1, 4.0])
def test_what_a_later_work_makes_idle_is_not_bought(seed: int, purse: float) -> None:
    """Cases where the search buys a work first that the next one makes useless."""
    game = made_game(seed, nodes=5, legs=9, groups=3)
    agrees_with_enumeration(game, made_works(seed, game), purse=purse, budget=1)


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(seeds, st.sampled_from([1.0, 2.1, 3.0]), st.sampled_from([1.0, 2.0, 3.0]), st.booleans())
def test_more_games_agree_with_enumeration(
    seed: int,
    purse: float,
    budget: float,
    odd: bool,  # noqa: FBT001
) -> None:
    game = made_game(seed, nodes=6, legs=12, groups=5, earning=odd, roomy=odd)
    agrees_with_enumeration(game, made_works(seed, game, options=5), purse=purse, budget=budget)


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_the_ends_of_both_budgets(seed: int) -> None:
    game = made_game(seed)
    works = made_works(seed, game)
    nothing = hardened(game, works, purse=0, budget=2)
    assert nothing.chosen == ()
    assert nothing.value == pytest.approx(attacked(game, budget=2).value, rel=CLOSE, abs=CLOSE)
    assert nothing.value == nothing.value_nothing
    everything = hardened(game, protections(range(game.cost.size), game), purse=1e9, budget=2)
    assert everything.value == pytest.approx(cost_under(game), rel=CLOSE, abs=CLOSE)
    unattacked = hardened(game, works, purse=1e9, budget=0)
    assert unattacked.value == pytest.approx(
        cost_under(bought(game, works, range(works.price.size))), rel=CLOSE, abs=CLOSE
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_more_money_never_hurts(seed: int) -> None:
    game = leg_game(seed, nodes=12, legs=36)
    works = protections(np.argsort(-attacked(game, budget=0).flow)[:8], game)
    by_purse = [hardened(game, works, purse=purse, budget=2).value for purse in range(5)]
    assert (np.diff(by_purse) <= CLOSE * np.abs(by_purse[1:])).all()
    by_budget = [hardened(game, works, purse=2, budget=budget).value for budget in range(4)]
    assert (np.diff(by_budget) >= -CLOSE * np.abs(by_budget[1:])).all()
    turned = replace(works, arc=works.arc[::-1])
    assert hardened(game, turned, purse=3, budget=2).value == pytest.approx(by_purse[3], rel=1e-9)


def test_pipes_by_hand() -> None:
    """A strike on pipe 0 makes it 33. With a guard there, pipe 1 is next: 5 + 4 x 4 + 7 = 28; with both, none hurts."""
    guard = protections([0, 1, 2], PIPES)
    one = hardened(PIPES, guard, purse=1, budget=1)
    assert (one.chosen, one.worst, one.proven) == ((0,), (1,), True)
    assert [one.value, one.value_nothing, one.bound] == pytest.approx([28.0, 33.0, 28.0])
    both = hardened(PIPES, guard, purse=3, budget=1)
    assert (both.chosen, both.worst) == ((0, 1), ())  # pipe 2 is idle then: its guard is not bought
    assert both.value == pytest.approx(15.0)


def test_one_work_on_two_legs_opens_a_way_round() -> None:
    """Legs 3 and 4 in series: widening one of them is worth nothing, the project that widens both is."""
    pair = Works(
        arc=np.array([3, 4, 3]),
        index=np.array([0, 0, 1]),
        protect=np.zeros(3, dtype=np.bool_),
        gain=np.array([6.0, 6.0, 6.0]),
        price=np.array([2.0, 1.0]),
        side_gain=np.zeros((2, 0)),
    )
    game = replace(PIPES, capacity=np.array([10.0, 0.0, 0.0, 4.0, 4.0]))
    assert hardened(game, pair, purse=1, budget=1).chosen == ()
    found = hardened(game, pair, purse=3, budget=1)
    assert found.chosen == (0,)
    assert [found.value, found.value_nothing] == pytest.approx([10 * 7.0, 4 * 7 + 6 * 110.0])


@pytest.mark.parametrize("time_limit", [0.0, 0.05])
def test_out_of_time_is_said(time_limit: float) -> None:
    game = leg_game(5, nodes=20, legs=70)
    works = protections(np.argsort(-attacked(game, budget=0).flow)[:8], game)
    found = hardened(game, works, purse=3, budget=2, targets=BOUNDED, time_limit=time_limit)
    best = hardened(game, works, purse=3, budget=2, targets=BOUNDED)
    assert best.proven
    assert found.bound <= best.value * (1 + CLOSE)
    assert found.value >= best.value * (1 - CLOSE)
    assert not (found.proven and time_limit == 0)


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"arc": np.array([0, 1, 5])}, "option_arc of entry 2 is 5"),
        ({"arc": np.array([0.0, 1.0, 2.0])}, "whole number"),
        ({"index": np.array([0, 1, 3])}, "option_index of entry 2 is 3"),
        ({"gain": np.array([0.0, -1.0, 0.0])}, "option_gain of 1 is -1"),
        ({"price": np.array([1.0, np.nan, 1.0])}, "option_cost of 1 is nan"),
        ({"protect": np.ones(3)}, "true or false"),
        ({"side_gain": np.zeros((3, 2))}, r"side_gain must have shape \(3, 0\)"),
        ({"gain": np.zeros(2), "price": -np.ones(3)}, "option_cost of 0 is -1.*option_gain must have 3 entries"),
    ],
)
def test_refuses_works_without_sense(changes: dict[str, FloatArray], hint: str) -> None:
    works = replace(protections([0, 1, 2], PIPES), **changes)  # type: ignore[arg-type] # fields are named by the cases
    with pytest.raises(WrongRequest, match=hint):
        hardened(PIPES, works, purse=1, budget=1)


def test_refuses_budgets_together_with_the_rest() -> None:
    with pytest.raises(WrongRequest, match=r"capacity of 0 is -5.*harden_budget is -1.*budget is -2"):
        hardened(replace(PIPES, capacity=-PIPES.capacity), protections([0], PIPES), purse=-1, budget=-2)
