"""Rows parsed from blocks of lines: which fields hold text, and whose words they are."""
