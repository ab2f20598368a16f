"""Which relations of the state facts are no flows: indicators, ties, policies, votes and events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from multivector.sources.handover.base import Row
from multivector.sources.handover.printed import Fact, base_of, common, digits_of, qualifier_of, unit_of

_RENAMED: Final[dict[str, str]] = {
    "military_expenditure": "military_expenditure_share_of_gdp",
    "remittances_received": "remittances_share_of_gdp",
}
INDICATORS: Final[frozenset[str]] = frozenset(
    {
        "arms_import_world_rank",
        "card_spending_abroad",
        "deaths_in_unrest",
        "doubly_landlocked",
        "electricity_consumption",
        "electricity_deficit_forecast",
        "export_or_turnover_share",  # its base is unclear: it must never meet a flow
        "extra_exports_never_arriving",
        "fdi_top5_share",  # five senders in one figure
        "forecast_trade_change",
        "forecast_volume",
        "gas_consumption",
        "gas_contract",
        "gas_imports_target",
        "gas_production",
        "joint_projects_value",
        "joint_ventures",
        "landlocked",
        "military_expenditure",
        "not_party_to",
        "oil_gas_share_of_exports",
        "oil_gas_share_of_gdp",
        "phantom_fdi_share",
        "rail_transit_to_central_asia",
        "raw_material_share_of_exports",
        "reexport_value_of_sensitive_goods",
        "remittances_received",
        "rerouted_share_of_lost_exports",
        "russian_only_schools_change",
        "students_at_home",
        "trade_turnover_change",
        "trade_turnover_target",
        "transit_share",
        "university_branches_in",
        "uranium_jv_capacity",
        "uranium_jv_output_cumulative",
        "uranium_production",
        "uranium_reserve_share",
        "uranium_transit_route",
        "uranium_world_share",
        "volume",
    }
)


@dataclass(frozen=True, slots=True)
class _TieRule:
    """Kind of the tie, and whether its two ends may not be exchanged."""

    kind: str
    directed: bool


TIES: Final[dict[str, _TieRule]] = {
    "arms_supplier_named": _TieRule("arms_supplier", directed=True),
    "border_length": _TieRule("border", directed=False),
    "ethnic_share": _TieRule("ethnic", directed=True),
    "language_understood_share": _TieRule("language", directed=True),
    "leases_from": _TieRule("lease", directed=True),
    "owns_share_of": _TieRule("ownership", directed=True),
    "sold_share_of": _TieRule("ownership_sold", directed=True),
    "to_sell_share_of": _TieRule("ownership_to_be_sold", directed=True),
}
_HOLDERS: Final[dict[str, str]] = {
    "Rosatom (RUS)": "firm:Rosatom",
    "Uranium One (Rosatom, RUS)": "firm:Uranium_One",
}
POLICIES: Final[dict[str, str]] = {
    "banned_exports_to": "export_ban",
    "banned_military_goods_to": "export_ban",
    "export_ban_to": "export_ban",
    "import_ban_from": "import_ban",
}


@dataclass(frozen=True, slots=True)
class _EventRule:
    """Kind of the event, its words (`{object}` and `{value}` filled in), and how exact its day is."""

    kind: str
    what: str
    precision: str


EVENTS: Final[dict[str, _EventRule]] = {
    "assessed": _EventRule("assessment", "{value}", "day"),
    "left": _EventRule("membership", "left {object}", "year"),
    "suspended_engagement": _EventRule("membership", "suspended engagement in {object}", "year"),
    "nuclear_vendor": _EventRule("agreement", "{value}, nuclear vendor {object}", "year"),
    "treaty_in_force": _EventRule("treaty", "{value} in force", "day"),
}
_VOTES: Final[dict[str, str]] = {
    "in favour": "yes",
    "against": "no",
    "abstain": "abstain",
    "did not vote": "absent",
}
VOTE: Final = "un_vote"


def other_table(relation: str) -> str | None:
    """The table that a relation of this module goes to; none: the relation is unknown."""
    tables = {
        **dict.fromkeys(INDICATORS, "indicators"),
        **dict.fromkeys(TIES, "ties"),
        **dict.fromkeys(POLICIES, "policies"),
        **dict.fromkeys(EVENTS, "events"),
        VOTE: "votes",
    }
    return tables.get(relation)


def indicator_row(fact: Fact) -> Row:
    """What is measured of one subject; the partner, where there is one, stands in `about`."""
    unit = unit_of(fact["unit"])
    in_words = unit == "words"
    elsewhere = fact["object"] not in {fact["subject"], "WLD"}
    return {
        "subject": fact["subject"],
        "name": _RENAMED.get(fact["relation"], fact["relation"]),
        "about": fact["object"] if elsewhere else None,
        "value": None if in_words else fact["value"],
        "text": fact["value"] if in_words else None,
        "unit": unit,
        "qualifier": qualifier_of(fact["note"]),
        "decimals": None if in_words else digits_of(fact["value"], unit),
        **common(fact, base_of(fact["unit"]), _reported_by(fact)),
    }


def tie_row(fact: Fact) -> Row:
    """A dyadic tie: a number where one is printed, else words."""
    rule = TIES[fact["relation"]]
    unit = unit_of(fact["unit"])
    in_words = unit == "words"
    return {
        "a": _HOLDERS.get(fact["subject"], fact["subject"]),
        "b": fact["object"],
        "kind": rule.kind,
        "value": None if in_words else fact["value"],
        "text": fact["value"] if in_words else None,
        "unit": unit,
        "directed": rule.directed,
        **common(fact),
    }


def policy_row(fact: Fact) -> Row:
    """A ban: who, against whom, on what."""
    in_words = unit_of(fact["unit"]) == "words"
    return {
        "by": fact["subject"],
        "on": fact["object"],
        "kind": POLICIES[fact["relation"]],
        "product": fact["value"].partition(":")[0] if in_words else None,
        "level": None if in_words else fact["value"],
        "unit": unit_of(fact["unit"]),
        "text": fact["value"] if in_words else None,
        **common(fact),
    }


def vote_row(fact: Fact) -> Row:
    """One state's vote; the topic is the first part of the note."""
    return {
        "actor": fact["subject"],
        "resolution": fact["object"],
        "vote": _VOTES[fact["value"]],
        "topic": fact["note"].partition(";")[0] or None,
        **common(fact),
    }


def event_row(fact: Fact) -> Row:
    """Something that happened or was said."""
    rule = EVENTS[fact["relation"]]
    partner = _HOLDERS.get(fact["object"], fact["object"])
    organisation = partner if rule.kind == "membership" else None
    return {
        "kind": rule.kind,
        "actors": joined_actors(fact["subject"], "" if organisation else partner),
        "people": None,
        "organisation": organisation,
        "place": None,
        "what": rule.what.format(object=fact["object"], value=fact["value"]),
        "value": None,
        "unit": "words",
        "precision": rule.precision,
        "related": None,
        **common(fact),
    }


def joined_actors(*actors: str) -> str | None:
    """Actors joined by `;`, empty ones left out."""
    return ";".join(actor for actor in actors if actor) or None


def _reported_by(fact: Fact) -> str:
    return f"reported by {fact['reporter']}" if fact["reporter"] else ""
