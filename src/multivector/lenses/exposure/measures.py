"""What is measured in each channel: which flows are read, on which side the pivot stands, over what total."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from multivector.schema import Channel

Basis = Literal[
    "share_exports", "share_imports", "share_turnover", "share_supply", "share_route", "share_stock", "overlap", "count"
]
Reader = Literal["partners", "supply", "floor", "routes", "memberships", "meetings"]
Side = Literal["sender", "receiver"]


@dataclass(frozen=True, slots=True)
class MeasureRule:
    """One row of the balance: how a pole's hold over the pivot is measured.

    `amounts`: the flow measure whose partner values are divided by a total. `printed`: the flow measure that prints
    the share itself. `over`: the indicator that is the total, where it is not the sum of the flows.
    """

    key: str
    channel: Channel
    label: str
    hold: str
    side: Side
    basis: Basis
    reader: Reader
    product: str = ""
    amounts: str = ""
    printed: str = ""
    over: str = ""
    flow_basis: str = ""
    scope: str = ""
    fills: str = ""


MEASURES: Final[tuple[MeasureRule, ...]] = (
    MeasureRule(
        "trade_exports",
        "trade",
        "goods exports",
        "buys {} of its goods exports",
        "sender",
        "share_exports",
        "partners",
        product="goods",
        amounts="value",
        printed="share_of_sender",
        scope="goods",
        fills="partner shares of goods exports (Comtrade, BACI, a national statistical office)",
    ),
    MeasureRule(
        "trade_imports",
        "trade",
        "goods imports",
        "sells it {} of its goods imports",
        "receiver",
        "share_imports",
        "partners",
        product="goods",
        amounts="value",
        printed="share_of_receiver",
        scope="goods",
        fills="partner shares of goods imports (Comtrade, BACI, a national statistical office)",
    ),
    MeasureRule(
        "trade_turnover",
        "trade",
        "goods trade, both ways",
        "is {} of its goods trade",
        "sender",
        "share_turnover",
        "partners",
        product="goods",
        printed="share_of_turnover",
        scope="goods",
        fills="partner shares of two-way goods trade (a national statistical office)",
    ),
    MeasureRule(
        "oil_buyers",
        "energy",
        "oil sold, by buyer",
        "buys {} of its oil",
        "sender",
        "share_exports",
        "partners",
        product="crude_oil",
        amounts="quantity",
        printed="share_of_sender",
        fills="oil exports by buyer, in tonnes (an energy ministry, Comtrade 2709)",
    ),
    MeasureRule(
        "gas_supply",
        "energy",
        "gas used, bought abroad",
        "supplies {} of the gas it uses",
        "receiver",
        "share_supply",
        "supply",
        product="gas",
        amounts="quantity",
        over="gas_consumption",
        fills="gas imports by supplier and gas consumption, in bcm (an energy ministry)",
    ),
    MeasureRule(
        "power_supply",
        "energy",
        "power used, bought abroad",
        "supplies {} of the power it uses",
        "receiver",
        "share_supply",
        "supply",
        product="electricity",
        amounts="quantity",
        over="electricity_consumption",
        fills="electricity imports by supplier and consumption, in TWh (a system operator)",
    ),
    MeasureRule(
        "uranium_buyers",
        "energy",
        "uranium sold, by value",
        "buys {} of its uranium",
        "sender",
        "share_exports",
        "partners",
        product="uranium",
        amounts="value",
        fills="uranium exports by buyer, in USD (Comtrade 2844)",
    ),
    MeasureRule(
        "oil_transit",
        "transit",
        "oil exports, by territory crossed",
        "carries {} of its oil exports",
        "sender",
        "share_route",
        "routes",
        product="crude_oil",
        amounts="quantity",
        printed="share_of_sender",
        fills="oil tonnes by export route, with routes and legs (an energy ministry, pipeline operators)",
    ),
    MeasureRule(
        "fdi_stock",
        "finance",
        "foreign direct investment held, immediate owner",
        "holds {} of its foreign investment",
        "receiver",
        "share_stock",
        "partners",
        product="fdi",
        amounts="stock",
        flow_basis="immediate",
        fills="direct investment stock by immediate owner (a central bank, IMF CDIS)",
    ),
    MeasureRule(
        "fdi_inflow",
        "finance",
        "foreign direct investment of the year, gross",
        "brings {} of the year's investment",
        "receiver",
        "share_imports",
        "partners",
        product="fdi",
        amounts="value",
        flow_basis="gross",
        fills="gross direct investment inflow by country (a central bank)",
    ),
    MeasureRule(
        "transfers_in",
        "finance",
        "money transfers received",
        "sends {} of the transfers it receives",
        "receiver",
        "share_imports",
        "partners",
        product="transfers",
        amounts="value",
        fills="money transfers received, by country (a central bank)",
    ),
    MeasureRule(
        "transfers_out",
        "finance",
        "money transfers sent",
        "receives {} of the transfers it sends",
        "sender",
        "share_exports",
        "partners",
        product="transfers",
        amounts="value",
        fills="money transfers sent, by country (a central bank)",
    ),
    MeasureRule(
        "arms",
        "security",
        "arms delivered",
        "delivers {} of its arms",
        "receiver",
        "share_imports",
        "partners",
        product="arms",
        printed="share_of_receiver",
        fills="arms deliveries by supplier, five-year volume (SIPRI)",
    ),
    MeasureRule(
        "memberships",
        "institutions",
        "shared memberships",
        "shares {} of its memberships",
        "sender",
        "overlap",
        "memberships",
        fills="memberships of the pivot and of the poles' members",
    ),
    MeasureRule(
        "meetings",
        "diplomacy",
        "leaders and envoys met, of those found",
        "sat at {} of the meetings found",
        "sender",
        "count",
        "meetings",
        fills="visits, summits and meetings of leaders (a calendar of events)",
    ),
    MeasureRule(
        "students",
        "culture",
        "students abroad, of all its students",
        "teaches {} of its students",
        "sender",
        "share_supply",
        "floor",
        product="students",
        amounts="quantity",
        over="students_at_home",
        fills="students abroad by country and students at home (UNESCO)",
    ),
    MeasureRule(
        "technology",
        "technology",
        "installed base, by vendor",
        "built {} of its installed base",
        "receiver",
        "share_stock",
        "partners",
        product="technology",
        amounts="stock",
        printed="share_of_receiver",
        fills="vendor shares of telecom, reactors, rolling stock or satellites, as flows of product `technology`",
    ),
)
BY_KEY: Final = {rule.key: rule for rule in MEASURES}
