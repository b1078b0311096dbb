"""Statistics: intervals, resampling, exact and conformal p-values, corrections for many tests, power, agreement with labels."""
