"""Monitor: what left for a state and did not arrive, since when, in which goods, and what was said of it."""
