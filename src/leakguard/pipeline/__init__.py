"""Engines: scan, clean, gate, passes and duplicates. They use the interfaces of core/ports and no particular detector or format."""
