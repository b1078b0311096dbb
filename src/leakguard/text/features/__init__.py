"""Features of rows for statistics over datasets: sparse binary views, dense summaries, and covariates of prompts and format."""
