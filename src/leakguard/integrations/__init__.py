"""Integrations of leakguard into other tools: Hugging Face datasets and trainers."""
