"""I/O-bound: HTTP requests, one after the other, to a server that the example starts for each trial."""

import subprocess
import sys
from urllib.request import urlopen

SERVER = """
import sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(float(self.path[1:]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * 10_000)

    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 128

server = Server(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


def server(context):
    """Start the server in its own process, and return its port. It ends with the trial."""
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    return int(process.stdout.readline())


def fetch(port, delay, requests=5):
    """Make requests that the server answers after `delay` seconds; return the number of bytes received."""
    received = 0
    for _ in range(requests):
        with urlopen(f"http://127.0.0.1:{port}/{delay}") as answer:
            received += len(answer.read())
    return received


fetch.share = server  # once in a trial, before the clock starts; all workers receive its result
fetch.check = lambda received, requests=5: received == 10_000 * requests
