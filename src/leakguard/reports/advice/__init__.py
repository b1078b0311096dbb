"""Reports of advice: what to do about a hidden trait."""
