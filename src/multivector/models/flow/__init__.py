"""How goods move through a network, at what cost, and what each leg is worth."""
