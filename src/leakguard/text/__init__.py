"""Layer 1: reading of texts. Folding, numbers in all spellings, encodings, hashes and features of texts."""
