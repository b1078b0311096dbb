"""Parse lines of JSON into rows and pick the texts that are scanned: which fields hold text, and which role wrote it."""
