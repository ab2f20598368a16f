"""Who trades with whom, from received files: input-output tables and customs statistics, as tables of the schema."""

from multivector.sources.trade.baci import read_baci
from multivector.sources.trade.comtrade import read_comtrade
from multivector.sources.trade.eurostat import read_eurostat
from multivector.sources.trade.flow_rows import CustomsRequest
from multivector.sources.trade.goods import Wanted, wanted
from multivector.sources.trade.icio_rows import IcioRequest, read_icio
from multivector.sources.trade.pull import pull_baci, pull_comtrade, pull_eurostat, pull_icio

__all__ = [
    "CustomsRequest",
    "IcioRequest",
    "Wanted",
    "pull_baci",
    "pull_comtrade",
    "pull_eurostat",
    "pull_icio",
    "read_baci",
    "read_comtrade",
    "read_eurostat",
    "read_icio",
    "wanted",
]
