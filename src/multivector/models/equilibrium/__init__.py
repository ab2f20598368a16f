"""What a shock to trade does once wages, prices and spending have moved, solved exactly and certified."""
