"""What if: shocks that edit a world, before and after through any lens, read from and written to TOML."""

from multivector.scenario.applying import apply
from multivector.scenario.comparing import Comparison, compare
from multivector.scenario.shocks import (
    Close,
    Embargo,
    Expand,
    Join,
    Leave,
    Limit,
    Productivity,
    Reprice,
    Scenario,
    SetFlow,
    SetValue,
    Shock,
    Tariff,
    TradeCost,
)
from multivector.scenario.text import read_scenario, scenario_schema, write_scenario

__all__ = [
    "Close",
    "Comparison",
    "Embargo",
    "Expand",
    "Join",
    "Leave",
    "Limit",
    "Productivity",
    "Reprice",
    "Scenario",
    "SetFlow",
    "SetValue",
    "Shock",
    "Tariff",
    "TradeCost",
    "apply",
    "compare",
    "read_scenario",
    "scenario_schema",
    "write_scenario",
]
