"""Chat models behind an HTTP endpoint: protocol, transport, retries, budget, cache of answers."""
