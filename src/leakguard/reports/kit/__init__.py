"""Parts that all reports share: text pages, web pages, SARIF, JUnit, Markdown, GitHub, escaping, wording."""
