"""Reports about the relation of two models."""
