# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["gegravity==0.3"]
# ///
"""The peer's side of one_sector.py, which runs it in its own environment: `uv run --script <this file> <folder> …`.

Reads base.csv (exporter, importer, year, trade, Y, E, cost: log openness) and experiment.csv (the same after the shock)
from the folder, solves both with gegravity 0.3, sigma 5, and writes printed.json: seconds without imports and reading,
real output of each country as it prints it, in per cent, and the largest function value its solver stopped at.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import gegravity  # type: ignore[import-not-found,unused-ignore]
import numpy as np
import pandas as pd  # type: ignore[import-untyped,import-not-found,unused-ignore]

SIGMA = 5


def main(folder: Path, *, reference: str, rescale: float, repeats: int) -> None:
    """Solve the folder's case `repeats` times."""
    base, after = (pd.read_csv(folder / name, dtype={"year": str}) for name in ("base.csv", "experiment.csv"))
    seconds = []
    for _ in range(repeats):
        estimates = pd.DataFrame({"name": ["cost"], "coefficient": [1.0]})
        start = time.perf_counter()
        model = gegravity.OneSectorGE(
            gegravity.BaselineData(base.copy(), trade_var_name="trade", expend_var_name="E", output_var_name="Y"),
            year="2006",
            cost_coeff_values=gegravity.CostCoeffs(estimates, identifier_col="name", coeff_col="coefficient"),
            cost_variables=["cost"],
            reference_importer=reference,
            sigma=SIGMA,
            quiet=True,
        )
        model.build_baseline(omr_rescale=rescale)
        model.define_experiment(after.copy())
        model.simulate()
        seconds.append(time.perf_counter() - start)
    results = model.country_results
    printed = {
        "seconds": seconds,
        "real_output_percent": {str(name): float(value) for name, value in results["GDP change (percent)"].items()},
        "function_value": float(np.abs(model.solver_diagnostics["full_GE"].fun).max()),
        "message": str(model.solver_diagnostics["full_GE"].message),
    }
    (folder / "printed.json").write_text(json.dumps(printed), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), reference=sys.argv[2], rescale=float(sys.argv[3]), repeats=int(sys.argv[4]))
