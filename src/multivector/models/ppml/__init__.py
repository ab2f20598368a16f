"""What a border, an agreement or a ban did to trade flows, estimated by PPML, and what it would do elsewhere."""

from multivector.models.ppml.fit import NotIdentified, PpmlFit, fit
from multivector.models.ppml.shocks import Counterfactual, coefficient_draws, counterfactual, draws, shock

__all__ = ["Counterfactual", "NotIdentified", "PpmlFit", "coefficient_draws", "counterfactual", "draws", "fit", "shock"]
