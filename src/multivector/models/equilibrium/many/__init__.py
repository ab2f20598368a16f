"""Many sectors with tariffs, one wage a country."""
