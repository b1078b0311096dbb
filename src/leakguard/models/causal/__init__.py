"""Causal language models from folders: loading and checking them, chat templates, scoring, sampling."""
