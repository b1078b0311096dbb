"""Floor 0: values and ports; standard library only."""
