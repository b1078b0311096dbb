"""Floor 4: models that answer; every backend is a file here, and importing this loads none of them."""
