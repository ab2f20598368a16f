"""Trade that left and did not arrive: gaps of mirror statistics, norms, breaks, and what chance alone would show."""

from multivector.models.mirror.breaks import Break, SupF, break_month, sup_f, sup_f_null
from multivector.models.mirror.did import Effect, EventStudy, did, event_study
from multivector.models.mirror.discovery import Discoveries, benjamini_hochberg, placebo_p_values
from multivector.models.mirror.gap import Flags, Gap, Total, mirror_flags, mirror_gap, usable_total
from multivector.models.mirror.norms import Excess, excess, substitution_ratio, unit_value_premium

__all__ = [
    "Break",
    "Discoveries",
    "Effect",
    "EventStudy",
    "Excess",
    "Flags",
    "Gap",
    "SupF",
    "Total",
    "benjamini_hochberg",
    "break_month",
    "did",
    "event_study",
    "excess",
    "mirror_flags",
    "mirror_gap",
    "placebo_p_values",
    "substitution_ratio",
    "sup_f",
    "sup_f_null",
    "unit_value_premium",
    "usable_total",
]
