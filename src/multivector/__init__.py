"""Who can squeeze a state, through what, for how much: sourced balances between rival powers, with ranges."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multivector.brief.build import build as brief
    from multivector.errors import MultivectorError
    from multivector.lenses.corridors.lens import measure as corridors
    from multivector.lenses.corridors.params import CorridorParams
    from multivector.lenses.exposure.lens import measure as exposure
    from multivector.lenses.exposure.params import ExposureParams
    from multivector.lenses.monitor.lens import measure as monitor
    from multivector.lenses.monitor.params import MonitorParams
    from multivector.lenses.trade.lens import measure as trade
    from multivector.lenses.trade.params import TradeParams
    from multivector.result import Result
    from multivector.scenario import Scenario, apply, compare, read_scenario
    from multivector.world import World

__all__ = [
    "CorridorParams",
    "ExposureParams",
    "MonitorParams",
    "MultivectorError",
    "Result",
    "Scenario",
    "TradeParams",
    "World",
    "apply",
    "brief",
    "compare",
    "corridors",
    "exposure",
    "monitor",
    "read_scenario",
    "trade",
]

# Names are imported when asked for: the command line answers --help without loading tables.
_HOMES = {
    "CorridorParams": ("multivector.lenses.corridors.params", "CorridorParams"),
    "ExposureParams": ("multivector.lenses.exposure.params", "ExposureParams"),
    "MonitorParams": ("multivector.lenses.monitor.params", "MonitorParams"),
    "MultivectorError": ("multivector.errors", "MultivectorError"),
    "Result": ("multivector.result", "Result"),
    "Scenario": ("multivector.scenario", "Scenario"),
    "TradeParams": ("multivector.lenses.trade.params", "TradeParams"),
    "World": ("multivector.world", "World"),
    "apply": ("multivector.scenario", "apply"),
    "brief": ("multivector.brief.build", "build"),
    "compare": ("multivector.scenario", "compare"),
    "corridors": ("multivector.lenses.corridors.lens", "measure"),
    "exposure": ("multivector.lenses.exposure.lens", "measure"),
    "monitor": ("multivector.lenses.monitor.lens", "measure"),
    "read_scenario": ("multivector.scenario", "read_scenario"),
    "trade": ("multivector.lenses.trade.lens", "measure"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'multivector' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
