"""An S3-compatible server (moto's) in a process of its own. Objects with certain names are throttled or denied."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "s3cret-word", "AWS_DEFAULT_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1"}
ANSWERS = {
    "throttled": ("503 Slow Down", "SlowDown", 2),
    "busy": ("503 Slow Down", "SlowDown", 1 << 30),
    "denied": ("403 Forbidden", "AccessDenied", 1 << 30),
}
"""Part of a key -> status, code, and how many requests for reading get this answer."""
WRITES = {
    "kept/slowed": ("503 Slow Down", "SlowDown", 2),
    "kept/once": ("403 Forbidden", "AccessDenied", 1),
    "readonly": ("403 Forbidden", "AccessDenied", 1 << 30),
}
"""The same for requests that write."""


@contextmanager
def serve_s3() -> Iterator[dict[str, str]]:
    """Run the server; yield the environment variables with which the tools of S3 use it."""
    with Popen([sys.executable, __file__], stdout=PIPE, env={**os.environ, **KEYS}) as server:
        try:
            port = int(server.stdout.readline())
            yield {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        finally:
            server.terminate()


def main() -> None:
    """Serve until the process is ended; the first line on stdout is the port."""
    import logging

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    backend, asked = DomainDispatcherApplication(create_backend_app), Counter()

    def answer(environ, start_response):
        answers = ANSWERS if environ["REQUEST_METHOD"] in ("GET", "HEAD") else WRITES
        name = next((name for name in answers if name in environ["PATH_INFO"]), "")
        asked[name] += 1
        if name and asked[name] <= answers[name][2]:
            status, code, _ = answers[name]
            body = b"" if environ["REQUEST_METHOD"] == "HEAD" else f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode()
            start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [body]
        return backend(environ, start_response)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
