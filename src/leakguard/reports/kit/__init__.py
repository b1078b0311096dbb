"""What all reports share: pages, escaping, fields of findings."""
