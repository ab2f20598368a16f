"""One page about a state: one content tree, rendered for terminal, browser and programs."""
