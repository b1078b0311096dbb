"""Reports of an audit, in every format."""
