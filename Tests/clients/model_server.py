"""A toy model server that keeps SageMaker's container contract: one score a CSV row, the mean of its numbers times SCALE.

Words in the body make it misbehave: `crash`, `hang`, `hold FILE`, `error`, `stream FILE`. `SICK=1` fails the health check, `STUBBORN=1` ignores
SIGTERM. A model archive may hold `scale.txt`."""
from __future__ import annotations

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = int(os.environ["SAGEMAKER_BIND_TO_PORT"])
MODEL = Path(os.environ["SM_MODEL_DIR"])
SCALE = float((MODEL / "scale.txt").read_text()) if (MODEL / "scale.txt").exists() else float(os.environ.get("SCALE", "1"))


def appears(path: Path, seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.01)
    return path.exists()


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(500 if os.environ.get("SICK") else 200, b"", "text/plain")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if body == "crash":
            print("about to crash", flush=True)
            os._exit(7)
        if body == "hang":
            time.sleep(30)
        if body.startswith("hold "):
            # Answers once the named file is there, and says by another that it waits.
            Path(body[5:] + ".held").touch()
            appears(Path(body[5:]), 60)
            body = "1"
        if body == "error":
            return self.answer(418, b"I am a teapot", "text/plain")
        if body.startswith("stream "):
            # Goes on after its first word once the named file is there.
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for word in ("one", "two", "three"):
                if word == "two" and not appears(Path(body[7:])):
                    word = "late"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(word), word.encode()))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
            return None
        scores = []
        for row in body.splitlines():
            numbers = [float(number) for number in row.split(",")]
            scores.append(f"{SCALE * sum(numbers) / len(numbers):g}")
        return self.answer(200, "\n".join(scores).encode(), "text/csv", pid=str(os.getpid()))

    def answer(self, status, body, kind, pid=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if pid:
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", f"pid={pid}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *values):
        print(form % values, flush=True)


if __name__ == "__main__":
    if os.environ.get("STUBBORN"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(f"serving on {PORT} as {' '.join(sys.argv[1:])}", flush=True)
    ThreadingHTTPServer(("127.0.0.1", PORT), Model).serve_forever()
