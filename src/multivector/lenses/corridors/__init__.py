"""Corridors: who can cut what off, what it costs after rerouting, and which hedge is worth its money."""
