"""How goods get out, from received files: tracked pipelines, and a user's own legs, as tables of the schema."""

from multivector.sources.networks.gem import read_gem
from multivector.sources.networks.legs_file import read_legs_file
from multivector.sources.networks.pull import Pulled, pull_gem, pull_legs
from multivector.sources.networks.tables import Imported, write_tables

__all__ = ["Imported", "Pulled", "pull_gem", "pull_legs", "read_gem", "read_legs_file", "write_tables"]
