"""Reports about the data that a clean wrote, from its manifest."""
