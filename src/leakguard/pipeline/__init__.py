"""Floor 3: engines. They know ports, not plugs."""
