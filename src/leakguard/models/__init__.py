"""Models: causal language models from folders, chat endpoints, embedding models, and deterministic fakes of all three."""
