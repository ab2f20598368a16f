"""Many sectors that buy from each other."""
