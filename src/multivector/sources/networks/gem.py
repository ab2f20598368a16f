"""Pipelines as Global Energy Monitor tracks them: its received GeoJSON becomes lines to draw, and legs of the oil network."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from multivector.errors import UnknownName, nearest
from multivector.problems import Problem
from multivector.sources.handover.base import RANKS, Left, slug
from multivector.sources.networks.gem_legs import leg_rows
from multivector.sources.networks.gem_words import LEFT_OUT, NAMES, PHASES, figure, said
from multivector.sources.networks.geojson import Feature, Received, read_received
from multivector.sources.networks.lines import Line, drawn, joined
from multivector.sources.networks.tables import Cell, Imported, framed, refuse, unplaced, wrong_rows
from multivector.world import World
