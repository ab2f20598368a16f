"""The default world, built from the figures that were handed over: `python -m multivector.sources.handover FOLDER`."""
