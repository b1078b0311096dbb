"""Runs `leakguard review` as a program of its own and speaks HTTP with it over a socket, as an attacker or a browser would."""

import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress

# Notes every connection that the program opens and every name that it looks up.
WATCHED = """
import sys
sys.addaudithook(lambda event, said: event in ("socket.connect", "socket.getaddrinfo") and open("connections", "a").write(f"{event} {said}\\n"))
from leakguard.start import main
sys.argv[0] = "leakguard"
main()
"""
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/#token=([\w-]+)")
SECONDS = 60


class ReviewServer:
    """A running review in a folder; use it in a `with` statement."""

    def __init__(self, folder, *arguments):
        command = [sys.executable, "-c", WATCHED, "review", *map(str, arguments), "--no-config", "-q"]
        self.folder = folder
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if found := ADDRESS.search(line):
                self.address, self.port, self.token = found[0], int(found[1]), found[2]
                return
        raise AssertionError(f"no address: {self.said}{self.process.stderr.read()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, number=signal.SIGKILL):
        """End the program with a signal, and return its exit code, stdout and stderr."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out, err

    def wait(self):
        """Wait until the program ends by itself."""
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out, err

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def headers(self, **changed):
        """The headers that the page itself sends, with changes; None leaves one out."""
        own = {
            "Host": f"127.0.0.1:{self.port}",
            "X-Leakguard-Token": self.token,
            "Origin": self.origin,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/json",
        }
        own |= {name.replace("_", "-"): value for name, value in changed.items()}
        return [(name, one) for name, value in own.items() if value is not None for one in (value if isinstance(value, list) else [value])]

    def ask(self, method, target, body=b"", headers=None):
        """Send one request as it is, and return (status, headers, body)."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = self.headers() if headers is None else headers
        length = [("Content-Length", str(len(data)))] if method == "POST" else []
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in [*headers, *length, ("Connection", "close")])]
        return self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + data)

    def send(self, data):
        """Send bytes and return the answer: (status, headers, body); (0, {}, b"") if there is none."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as connection:
            answer = b""
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(data)
            with suppress(ConnectionResetError):
                while piece := connection.recv(1 << 16):
                    answer += piece
        head, _, content = answer.partition(b"\r\n\r\n")
        if not head:
            return 0, {}, b""
        first, *lines = head.decode("latin-1").split("\r\n")
        found = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split()[1]), found, content

    def decide(self, answer, places, reason="known"):
        """Decide as the page does; returns the state that the page would show."""
        entry = {"answer": answer, "reason": reason if answer == "accepted" else "", "places": places}
        status, _, content = self.ask("POST", "/api/decisions", {"decisions": [entry]})
        assert status == 200, content
        return json.loads(content)

    def load(self, path):
        """The JSON that a GET of the page gives."""
        status, _, content = self.ask("GET", path)
        assert status == 200, content
        return json.loads(content)


def list_places(folder, report="report.json"):
    """The keys of the places of a saved report at error or warning: of each place the first finding of the highest severity."""
    levels = ("warning", "error")
    found = {}
    for one in json.loads((folder / report).read_text())["findings"]:
        if one["severity"] in levels:
            place = one["file"], one["row"], one["place"]
            best = found.setdefault(place, one)
            if levels.index(one["severity"]) > levels.index(best["severity"]):
                found[place] = one
    return list(dict.fromkeys(one["fingerprint"] for one in found.values()))
