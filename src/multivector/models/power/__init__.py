"""What a hold is worth: Shapley values of controllers, CES power of suppliers."""

from multivector.models.power.ces import (
    CesPower,
    Diversification,
    WorstSectors,
    ces_power,
    diversification,
    worst_sectors,
)
from multivector.models.power.shapley import Power, Values, shapley, values

__all__ = [
    "CesPower",
    "Diversification",
    "Power",
    "Values",
    "WorstSectors",
    "ces_power",
    "diversification",
    "shapley",
    "values",
    "worst_sectors",
]
