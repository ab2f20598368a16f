"""What an attacker with a budget can take away from a network, and which attack does it."""
