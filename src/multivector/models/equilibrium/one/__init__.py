"""One sector, one price a country."""
