"""Which relations of the state facts are flows between two actors, and how each is directed and measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from multivector.sources.handover.base import FACTBOOK, Row, decimals
from multivector.sources.handover.printed import Fact, base_of, common, digits_of, qualifier_of, unit_of
from multivector.sources.handover.publications import source_of

ListKey = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class FlowRule:
    """How one relation becomes a flow. `outward`: the subject sends; else the subject receives."""

    channel: str
    product: str
    measure: str
    outward: bool
    scope: str = "none"
    basis: str = "none"
    list_rule: str = "selected"


def _trade(measure: str, *, outward: bool, scope: str = "goods") -> FlowRule:
    return FlowRule("trade", scope, measure, outward, scope=scope)


def _finance(
    product: str, measure: str, *, outward: bool = False, basis: str = "none", listed: str = "selected"
) -> FlowRule:
    return FlowRule("finance", product, measure, outward, basis=basis, list_rule=listed)


def _energy(product: str, measure: str, *, outward: bool) -> FlowRule:
    return FlowRule("energy", product, measure, outward)


FLOWS: Final[dict[str, FlowRule]] = {
    "export_share": _trade("share_of_sender", outward=True),
    "import_share": _trade("share_of_receiver", outward=False),
    "exports": _trade("value", outward=True),
    "imports": _trade("value", outward=False),
    "exports_goods": _trade("value", outward=True),
    "imports_goods": _trade("value", outward=False),
    "exports_goods_services": _trade("value", outward=True, scope="goods_services"),
    "imports_goods_services": _trade("value", outward=False, scope="goods_services"),
    "trade_turnover": _trade("turnover", outward=True),
    "trade_turnover_share": _trade("share_of_turnover", outward=True),
    "grain_exports": FlowRule("trade", "grain", "quantity", outward=True, scope="goods"),
    "wheat_import_share": FlowRule("trade", "wheat", "share_of_receiver", outward=False, scope="goods"),
    "fdi_stock": _finance("fdi", "stock", basis="immediate"),
    "fdi_cumulative": _finance("fdi", "cumulative"),
    "fdi_gross_inflow": _finance("fdi", "value", basis="gross"),
    "fdi_inflow": _finance("fdi", "value"),
    "fdi_inflow_rank": _finance("fdi", "rank", listed="top"),
    "fdi_share": _finance("fdi", "share_of_receiver"),
    "transfers_in": _finance("transfers", "value"),
    "transfers_out": _finance("transfers", "value", outward=True),
    "electricity_exports": _energy("electricity", "quantity", outward=True),
    "electricity_imports": _energy("electricity", "quantity", outward=False),
    "electricity_export_share": _energy("electricity", "share_of_sender", outward=True),
    "gas_exports": _energy("gas", "quantity", outward=True),
    "gas_imports": _energy("gas", "quantity", outward=False),
    "oil_exports_value": _energy("crude_oil", "value", outward=True),
    "oil_import_share": _energy("crude_oil", "share_of_receiver", outward=False),
    "uranium_exports_value": _energy("uranium", "value", outward=True),
    "uranium_sales_revenue_share": _energy("uranium_sales", "share_of_sender", outward=True),
    "uranium_sales_share": _energy("uranium_sales", "share_of_sender", outward=True),
    "arms_import_share": FlowRule("security", "arms", "share_of_receiver", outward=False),
    "troops_sent_to": FlowRule("security", "troops", "quantity", outward=True),
    "students_abroad": FlowRule("culture", "students", "quantity", outward=True),
}
_OIL: Final = FlowRule("transit", "crude_oil", "quantity", outward=True)
_OIL_SHARE: Final = FlowRule("transit", "crude_oil", "share_of_sender", outward=True)
_FACTBOOK_LISTS: Final = ("export_share", "import_share")


@dataclass(frozen=True, slots=True)
class _Way:
    """A way out of Kazakhstan as printed: key of the route, and who stands at its end."""

    route: str
    receiver: str
    note: str = ""


_WAYS: Final[dict[str, _Way]] = {
    "CPC pipeline": _Way("CPC", "WLD"),
    "Atyrau-Samara pipeline": _Way("ATYRAU-SAMARA", "WLD"),
    "Aktau port": _Way("AKTAU", "WLD", "destination beyond the port unknown"),
    "Kazakhstan-China pipeline": _Way("ATASU-ALASHANKOU", "CHN"),
    "rail": _Way("RAIL", "WLD"),
}
OIL_WAYS: Final = ("oil_export_by_route", "oil_export_share_through", "oil_export_volume")


def is_flow(fact: Fact) -> bool:
    """Whether the relation is a flow of this module."""
    return fact["relation"] in FLOWS or fact["relation"] in OIL_WAYS


def list_key(fact: Fact) -> ListKey:
    """What makes two Factbook shares rows of one list: same state, direction, period and edition."""
    return fact["subject"], fact["relation"], fact["period_start"], fact["published"]


def digits_of_lists(facts: Iterable[Fact]) -> dict[ListKey, int]:
    """Digits that each Factbook list of partners shows: 0.05 beside 0.121 was printed 5.0 %."""
    shown: dict[ListKey, int] = {}
    for fact in facts:
        if _is_listed(fact):
            digits = max(shown.get(list_key(fact), 0), digits_of(fact["value"], "fraction"))
            shown[list_key(fact)] = digits
    return shown


def _is_listed(fact: Fact) -> bool:
    return fact["relation"] in _FACTBOOK_LISTS and source_of(fact).source == FACTBOOK


def flow_row(fact: Fact, lists: Mapping[ListKey, int]) -> Row:
    """The flow that a fact states."""
    if fact["relation"] == "oil_export_by_route":
        way = _WAYS[fact["object"]]
        return _flow(fact, _OIL, way.receiver, way.note) | {"via": way.route}
    if fact["relation"] == "oil_export_share_through":
        return _flow(fact, _OIL_SHARE, "WLD", base_of(fact["unit"])) | {"via": f"territory:{fact['object']}"}
    if fact["relation"] == "oil_export_volume":
        return _flow(fact, _OIL, fact["object"], "")
    row = _flow(fact, FLOWS[fact["relation"]], fact["object"], base_of(fact["unit"]))
    if _is_listed(fact):
        row |= {"list_rule": "top", "decimals": lists[list_key(fact)]}
    return row


def _flow(fact: Fact, rule: FlowRule, partner: str, note: str) -> Row:
    unit = unit_of(fact["unit"])
    sender, receiver = (fact["subject"], partner) if rule.outward else (partner, fact["subject"])
    return {
        "sender": sender,
        "receiver": receiver,
        "channel": rule.channel,
        "product": rule.product,
        "measure": rule.measure,
        "value": fact["value"],
        "unit": unit,
        "reporter": fact["reporter"] or None,
        "scope": rule.scope,
        "basis": rule.basis,
        "list_rule": rule.list_rule,
        "qualifier": qualifier_of(fact["note"]),
        "decimals": decimals(fact["value"]) if unit != "fraction" else digits_of(fact["value"], unit),
        "via": None,
        **common(fact, note),
    }
