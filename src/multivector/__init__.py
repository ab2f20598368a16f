"""Who can squeeze a state, through what, for how much."""
