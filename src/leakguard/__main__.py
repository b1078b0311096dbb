"""Run the command line as `python -m leakguard`."""

from leakguard.start import main

main()
