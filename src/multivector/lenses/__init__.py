"""Questions, one module each, all of one shape: a pure function of a world and frozen parameters."""
