"""Every table and column of a world: type, unit, key, allowed values and meaning, declared once."""

from multivector.schema.actors import Actors, Groups, Memberships, Obligations, Offices, Sources, Ties
from multivector.schema.base import CHANNELS, STATUSES, WORLD, Actor, Channel, Statement, Status
from multivector.schema.flows import Elasticities, Flows, Indicators, IoFlows, Products, Sectors
from multivector.schema.network import Bottlenecks, Expansions, Geometries, Legs, LegValues, Places, Routes
from multivector.schema.politics import Events, Issues, Policies, Positions, Votes
from multivector.schema.tables import SOURCES, TABLES, column_names, content_columns

__all__ = [
    "CHANNELS",
    "SOURCES",
    "STATUSES",
    "TABLES",
    "WORLD",
    "Actor",
    "Actors",
    "Bottlenecks",
    "Channel",
    "Elasticities",
    "Events",
    "Expansions",
    "Flows",
    "Geometries",
    "Groups",
    "Indicators",
    "IoFlows",
    "Issues",
    "LegValues",
    "Legs",
    "Memberships",
    "Obligations",
    "Offices",
    "Places",
    "Policies",
    "Positions",
    "Products",
    "Routes",
    "Sectors",
    "Sources",
    "Statement",
    "Status",
    "Ties",
    "Votes",
    "column_names",
    "content_columns",
]
