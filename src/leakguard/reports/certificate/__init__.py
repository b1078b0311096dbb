"""Reports about survival certificates."""
