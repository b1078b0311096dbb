"""Layer 0: frozen dataclasses and protocols; standard library only."""
