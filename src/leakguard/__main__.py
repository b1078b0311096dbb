"""`python -m leakguard`."""

from leakguard.start import main

main()
