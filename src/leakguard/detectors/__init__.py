"""Floor 2: detectors. Batches in, findings out; each says what it could not look at."""
