"""What stopping trade would cost, and whom: equilibrium losses, power, and who gains from others' quarrels."""
