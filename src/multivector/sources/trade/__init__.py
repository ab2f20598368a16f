"""Who trades with whom, from received files: input-output tables and customs statistics, as tables of the schema."""

from multivector.sources.trade.icio_rows import IcioRequest, read_icio
from multivector.sources.trade.pull import pull_icio

__all__ = ["IcioRequest", "pull_icio", "read_icio"]
