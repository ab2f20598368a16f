"""Build hook: writes the offline Vega bundle into the package, so that a brief opens without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import vl_convert
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = "src/multivector/brief/static/vega.bundle.js"
LEAST_CHARACTERS = 500_000  # the real bundle holds about 900,000; a short one is a broken one


class BundleHook(BuildHookInterface[Any]):
    """Runs for wheels, sdists and editable installs alike."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the bundle where it is missing and ship it although git ignores it."""
        del version  # the same file for every kind of build
        bundle = Path(self.root, BUNDLE)
        if not bundle.exists():
            # The bundle declares short names at its top level: a page script with `const W` would clash.
            text = "(()=>{" + vl_convert.javascript_bundle() + "\n})();\n"
            if len(text) < LEAST_CHARACTERS:
                raise RuntimeError(f"vega bundle has {len(text)} characters, expected at least {LEAST_CHARACTERS}")
            bundle.parent.mkdir(parents=True, exist_ok=True)
            bundle.write_text(text, encoding="utf-8")
        build_data["artifacts"].append(BUNDLE)
