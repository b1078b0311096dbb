"""Floor 1: what a text says, whatever it is written in; every view knows the way home."""
