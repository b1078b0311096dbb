"""Floor 4: bytes from outside become blocks, blocks become batches."""
