"""Floor 4: leakguard inside the tools that people train with."""
