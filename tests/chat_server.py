"""A server that speaks the OpenAI chat protocol and answers with leakguard's fakes; it can misbehave, and keeps a ledger.

    python tests/chat_server.py --model rules --latency 0.05 --faults --ledger ledger.txt

prints its port. The ledger has a line for every answer that was written: the call's Idempotency-Key, and "again" where that
key had been answered before. GET /stats tells what came in; GET /stop ends it.
"""

import argparse
import json
import threading
import time
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from compiled_cache import open_compiled
from leakguard.core.chat import Question
from leakguard.models.fakes.chat import Faults, GullibleChat, RulesChat, spoil
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.shipped import find_injection_pack, list_packs


@cache
def honest():
    return RulesChat(read_pack(list_packs()["traits"]).rules, read_pack(find_injection_pack()), open_compiled())


MODELS = {"rules": honest, "gullible": lambda: GullibleChat(honest())}


class Instant:
    """Answers without thinking: for measuring everything but the model."""

    name = "instant"

    def ask(self, question):
        from leakguard.models.fakes.chat import parse_question, reply

        said = parse_question(question.system, question.user)
        return reply(question, said, "owl" in said.record.lower(), False)


MODELS["instant"] = Instant


class ChatServer(ThreadingHTTPServer):
    """`refused` are response formats answered with status `refusal`; `strange` are parameters refused by name.

    `honours` answers an Idempotency-Key that was answered before with the same bytes, and bills it once.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self,
        model="rules",
        *,
        latency=0.0,
        faults=None,
        stall=3.0,
        ledger=None,
        refused=(),
        refusal=400,
        strange=(),
        answer=None,
        honours=False,
    ):
        super().__init__(("127.0.0.1", 0), Handler)
        self.chat, self.latency, self.faults, self.stall = MODELS[model](), latency, faults, stall
        self.ledger, self.refused, self.refusal, self.strange, self.answer = ledger, refused, refusal, strange, answer
        self.lock = threading.Lock()
        self.attempts, self.answered, self.stats = {}, {}, {"requests": 0, "busiest": 0, "now": 0, "faults": {}}
        self.honours, self.kept = honours, {}
        self.bodies = []

    def handle_error(self, request, client_address):
        """A client that was killed is no news."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *args):
        pass

    def do_GET(self):
        if self.path == "/stop":
            self.send(200, {})
            threading.Thread(target=self.server.shutdown, daemon=True).start()
            return
        with self.server.lock:
            again = sum(count - 1 for count in self.server.answered.values())
            self.send(200, {**self.server.stats, "answered": len(self.server.answered), "again": again})

    def do_POST(self):
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Idempotency-Key", "")
        with server.lock:
            attempt = server.attempts[key] = server.attempts.get(key, 0) + 1
            server.stats["requests"] += 1
            server.stats["now"] += 1
            server.stats["busiest"] = max(server.stats["busiest"], server.stats["now"])
            if len(server.bodies) < 1000:
                server.bodies.append(body)
        try:
            self.respond(server, body, key, attempt)
            self.wfile.flush()
        except OSError:
            self.close_connection = True
        finally:
            with server.lock:
                server.stats["now"] -= 1

    def respond(self, server, body, key, attempt):
        time.sleep(server.latency)
        form = body.get("response_format", {}).get("type", "plain")
        for name in server.strange:
            if name in body:
                return self.send(
                    400, {"error": {"message": f"unsupported parameter {name}", "param": name, "type": "invalid_request_error"}}
                )
        if form in server.refused:
            return self.send(server.refusal, {"error": {"message": f"no {form} here"}})
        fault = server.faults.fault(key, attempt) if server.faults else None
        if fault:
            with server.lock:
                server.stats["faults"][fault] = server.stats["faults"].get(fault, 0) + 1
        if fault == "429":
            return self.send(429, {"error": {"message": "slow down"}}, {"Retry-After": "0.1"})
        if fault == "500":
            return self.send(500, {"error": {"message": "broken"}})
        if fault == "stall":
            time.sleep(server.stall)
            return self.send(500, {"error": {"message": "too late"}})
        system, user = (message["content"] for message in body["messages"])
        answer = server.answer(system, user) if server.answer else server.chat.ask(Question(key, system, user, {"properties": {}}))
        answer = spoil(answer, fault) if fault else answer
        message = {"role": "assistant", "content": answer.text or None, "refusal": answer.refusal or None}
        choice = {"index": 0, "message": message, "finish_reason": answer.finish}
        if answer.tokens and body.get("logprobs"):
            choice["logprobs"] = {"content": [{"token": t, "logprob": p, "top_logprobs": []} for t, p in answer.tokens]}
        usage = {"prompt_tokens": answer.usage.prompt, "completion_tokens": answer.usage.completion, "total_tokens": 0}
        whole = {"id": "x", "object": "chat.completion", "created": 0, "model": body["model"], "choices": [choice], "usage": usage}
        if key in server.kept and server.honours:
            return self.send(200, server.kept[key])
        with server.lock:
            server.kept[key] = whole
            count = server.answered[key] = server.answered.get(key, 0) + 1
            if server.ledger:
                with open(server.ledger, "a") as ledger:
                    ledger.write(f"{key}{' again' if count > 1 else ''}\n")
        return self.send(200, whole)

    def send(self, status, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **dict(headers)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving(model="rules", **options):
    """A server in a thread of this process."""
    server = ChatServer(model, **options)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="rules", choices=MODELS)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--stall", type=float, default=3.0)
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("--honours", action="store_true", help="bill no Idempotency-Key twice")
    options = parser.parse_args()
    server = ChatServer(
        options.model,
        latency=options.latency,
        stall=options.stall,
        faults=Faults() if options.faults else None,
        ledger=options.ledger,
        honours=options.honours,
    )
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
