"""`python -m leakguard`."""

from leakguard.distribution import main

main()
