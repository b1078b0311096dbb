"""Reports of experiments: terminal summary, scorecard of one model, pictures, web page."""
