"""JSON documents that are kept, with reader and writer side by side."""
