"""A server that answers each request with whatever bytes a test wants, at whatever pace; nothing in it keeps to HTTP by itself."""

import json
import socket
import threading
from contextlib import contextmanager, suppress


class HostileServer:
    """`answer(talk, request)` is called for every request, in a thread for each connection; `requests` are kept as bytes.

    True from `answer` keeps the connection for another request. A `deaf` one accepts connections and reads nothing.
    """

    def __init__(self, answer, wrap=lambda connection: connection, deaf=False):
        self.answer, self.wrap, self.deaf = answer, wrap, deaf
        self.requests, self.connections, self.over = [], [], threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def accept(self):
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections.append(connection)
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        if self.deaf:
            self.over.wait(60)
        with suppress(OSError, ValueError):
            talk = Talk(self.wrap(connection), self.over)
            while not self.over.is_set():
                request = talk.request()
                if not request:
                    break
                self.requests.append(request)
                if not self.answer(talk, request):
                    break
            talk.close()
        connection.close()

    def close(self):
        self.over.set()
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Talk:
    """One connection: reads requests, sends bytes."""

    def __init__(self, connection, over):
        self.connection, self.over = connection, over
        self.file = connection.makefile("rb")

    def request(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.file.readline()
            if not line:
                return b""
            head += line
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        return head + self.file.read(length)

    def send(self, data):
        self.connection.sendall(data)

    def drip(self, data, pause=0.1):
        """A byte at a time, until the test is over."""
        for at in range(len(data)):
            if self.over.wait(pause):
                return
            self.send(data[at : at + 1])

    def flood(self, data):
        """The same again and again, until the other side has had enough."""
        while not self.over.is_set():
            self.send(data)

    def hold(self):
        """Say nothing until the test is over."""
        self.over.wait(60)

    def close(self):
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def response(body=b"", status="200 OK", headers=(), length=True):
    """Head and body of an answer; `length` is its Content-Length, True for the right one and None for none."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    size = len(body) if length is True else length
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers, *([f"Content-Length: {size}"] if size is not None else [])]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def completion(content="yes", **choice):
    """A chat completion as it should be, but for what is given."""
    return {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop", **choice}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 20},
    }


@contextmanager
def hostile(answer, **options):
    """A server in threads of this process."""
    server = HostileServer(answer, **options)
    try:
        yield server
    finally:
        server.close()
