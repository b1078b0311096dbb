"""Parse lines of JSON into rows and select the texts that are scanned, by fields and roles."""
