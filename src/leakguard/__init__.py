"""leakguard: what is in the data that a model is about to be trained on?"""

__version__ = "0.1.0"
