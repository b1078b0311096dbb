"""The review of findings in a browser: a small web application that only this user of this machine can use."""
