"""Lists and descriptions of rules."""
