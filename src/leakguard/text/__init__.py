"""Layer 1: how text is read. Folding, numbers in all spellings, encodings, hashes and features of texts."""
