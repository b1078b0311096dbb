"""leakguard inside other tools: Hugging Face datasets and trainers."""
