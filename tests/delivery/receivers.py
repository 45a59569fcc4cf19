"""What events are delivered to in these tests: a collector that misbehaves, a NATS server."""
import base64
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time


class Collector:
    """An HTTP(S) server on loopback; `answer(batch)` gives (status, headers) for each POST."""

    def __init__(self, answer=None, context=None, port=0):
        self.batches, self.statuses, self.types, self.lock = [], [], [], threading.Lock()
        self.answer = answer or (lambda events: (204, {}))
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                events = json.loads(body)
                status, headers = collector.answer(events)
                with collector.lock:
                    collector.types.append(self.headers["Content-Type"])
                    collector.statuses.append(status)
                    if status < 300:
                        collector.batches.append((body, events))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # clients that are killed
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def events(self):
        with self.lock:
            return [event for _, events in self.batches for event in events]


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class NatsServer:
    """One node; `cluster`: (name, own cluster port, all cluster ports)."""

    def __init__(self, directory, port, cluster=None):
        self.port = port
        command = [shutil.which("nats-server"), "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", directory, "-n", f"n{port}"]
        if cluster:
            name, own, everyone = cluster
            command += ["--cluster_name", name, "--cluster", f"nats://127.0.0.1:{own}",
                        "--routes", ",".join(f"nats://127.0.0.1:{p}" for p in everyone if p != own)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self):
        self.process.kill()
        self.process.wait()


class NatsClient:
    """As much of the client protocol as asking JetStream takes."""

    def __init__(self, port):
        deadline = time.monotonic() + 20
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=2)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self.file = self.socket.makefile("rb")
        self.file.readline()
        self.asked, self.inbox = 0, "_INBOX.t" + os.urandom(8).hex()
        self.send(b'CONNECT {"verbose":false,"pedantic":false,"name":"test","headers":true,"no_responders":true}\r\nSUB ' + self.inbox.encode() + b".* 1\r\n")

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        self.file.close()
        self.socket.close()

    def ask(self, subject, payload):
        text, self.asked = json.dumps(payload).encode(), self.asked + 1
        reply = f"{self.inbox}.{self.asked}".encode()
        self.send(b"PUB %s %s %d\r\n%s\r\n" % (subject.encode(), reply, len(text), text))
        while True:
            line = self.file.readline()
            if line.startswith(b"PING"):
                self.send(b"PONG\r\n")
            elif line.startswith((b"MSG", b"HMSG")):
                body = self.file.read(int(line.split()[-1]) + 2)[:-2]
                if line.split()[1] != reply:
                    continue  # of a question that was given up
                return json.loads(body) if line.startswith(b"MSG") else {"error": {"description": "no responders"}}
            elif not line:
                raise OSError("the server closed the connection")

    def ask_patiently(self, subject, payload):
        """A cluster without a leader says nothing, or that it cannot."""
        deadline = time.monotonic() + 60
        while True:
            try:
                answer = self.ask(subject, payload)
                if "error" not in answer or time.monotonic() > deadline:
                    return answer
                time.sleep(0.2)
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise
                self.file = self.socket.makefile("rb")

    def create_stream(self, replicas):
        answer = self.ask_patiently("$JS.API.STREAM.CREATE.EVENTS", {"name": "EVENTS", "subjects": ["aupscan.>"], "storage": "file", "num_replicas": replicas,
                                                                     "retention": "limits", "discard": "old", "duplicate_window": 120_000_000_000})
        if "error" in answer:
            raise OSError(str(answer))

    def messages(self):
        info = self.ask_patiently("$JS.API.STREAM.INFO.EVENTS", {})
        out = []
        for sequence in range(info["state"]["first_seq"], info["state"]["last_seq"] + 1):
            message = self.ask_patiently("$JS.API.STREAM.MSG.GET.EVENTS", {"seq": sequence})["message"]
            out.append((base64.b64decode(message["hdrs"]).decode(), base64.b64decode(message["data"]).decode()))
        return out


def certificates(directory):
    """A small authority, a server's and a client's certificate, by openssl."""
    def run(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority", "-days", "2")
    for name in ("server", "client"):
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        with open(os.path.join(directory, "ext"), "w") as file:
            file.write("subjectAltName=IP:127.0.0.1\n")
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem", "-days", "2", "-extfile", "ext")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(directory, "server.pem"), os.path.join(directory, "server.key"))
    context.load_verify_locations(os.path.join(directory, "ca.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context
