"""`python -m leakguard`."""

from leakguard.cli import main

main()
