"""What bench/run measures of the gateway: fob-webd and fobd on one core, the load on another, and as the peer npm's
oidc-provider (in memory, ES256) on the same core."""
import base64
import json
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.parse
import urllib.request

SERVER, LOAD = "0", "1"  # cores
CONNECTIONS = (16, 64)
SECONDS = 5


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until_it_answers(url, seconds=10):
    for _ in range(seconds * 200):
        try:
            return urllib.request.urlopen(url, timeout=1).read()
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"{url} does not answer")


def rss_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


def pinned(command, **options):
    return subprocess.Popen(["taskset", "-c", SERVER, *map(str, command)], **options)


class Wrk:
    """One run of wrk: requests a second and the 99th percentile in milliseconds. Answers that are no success make it fail."""

    UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}

    def __init__(self, folder, url, connections, method="GET", header=None, body=None):
        script = pathlib.Path(folder) / "request.lua"
        lines = [f"wrk.method = {json.dumps(method)}"]
        lines += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in (header or {}).items()]
        if body is not None:
            lines.append(f"wrk.body = {json.dumps(body)}")
        script.write_text("\n".join(lines) + "\n")
        out = subprocess.run(["taskset", "-c", LOAD, "wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-s", script, url],
                             capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in out or "Socket errors" in out:
            raise RuntimeError(out)
        self.rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
        number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
        self.p99 = float(number) * self.UNITS[unit]


def form(**fields):
    return urllib.parse.urlencode(fields)


class Side:
    """Where load goes: a token endpoint and its kin, and a client."""

    def __init__(self, origin, endpoints, client, secret):
        self.origin, self.endpoints = origin, endpoints
        self.header = {"Content-Type": "application/x-www-form-urlencoded",
                       "Authorization": "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()}

    def url(self, name):
        return self.origin + self.endpoints[name]

    def post(self, name, **fields):
        request = urllib.request.Request(self.url(name), form(**fields).encode(), self.header)
        return json.load(urllib.request.urlopen(request, timeout=10))


class Ours:
    def __init__(self, folder, fobd_socket, binaries):
        self.folder = pathlib.Path(folder)
        port = free_port()
        self.origin = f"http://localhost:{port}"
        config = self.folder / "fob-webd.toml"
        config.write_text(f'fobd = "{fobd_socket}"\n[limits]\nconnections_per_address = 16000\n'
                          f'[[listen]]\naddress = "127.0.0.1:{port}"\n')
        began = time.monotonic()
        self.log = open(self.folder / "fob-webd.log", "w")
        self.process = pinned([binaries / "fob-webd", "--config", config], stderr=self.log)
        until_it_answers(f"{self.origin}/.well-known/openid-configuration")
        self.ready_ms = (time.monotonic() - began) * 1000

    def side(self, client, secret):
        return Side(self.origin, {"token": "/token", "introspect": "/introspect", "jwks": "/jwks"}, client, secret)

    def idle_connections(self, count):
        """Keeps `count` connections open that have been answered once."""
        host = self.origin.removeprefix("http://").replace("localhost", "127.0.0.1").split(":")
        kept = []
        for _ in range(count):
            one = socket.create_connection((host[0], int(host[1])))
            one.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
            one.recv(4096)
            kept.append(one)
        return kept

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Peer:
    """bench/oidc_provider.mjs on the server's core."""

    def __init__(self, root, packages, kind):
        port = free_port()
        environment = {**os.environ, "NODE_PATH": str(packages), "NODE_ENV": "production"}
        self.process = pinned(["node", root / "bench/oidc_provider.cjs", port, kind], env=environment, stderr=subprocess.DEVNULL)
        self.origin = f"http://localhost:{port}"
        until_it_answers(f"{self.origin}/.well-known/openid-configuration", 30)

    def side(self):
        return Side(self.origin, {"token": "/token", "introspect": "/token/introspection", "jwks": "/jwks"}, "bench", "bench-secret")

    def close(self):
        self.process.terminate()
        self.process.wait()


def compare(report, name, ours, peer, endpoint, bar, connections, ours_body, peer_body, folder, with_p99=True):
    method = "GET" if ours_body is None else "POST"
    mine = Wrk(folder, ours.url(endpoint), connections, method, ours.header if ours_body else None, ours_body)
    theirs = Wrk(folder, peer.url(endpoint), connections, method, peer.header if peer_body else None, peer_body)
    ratio = mine.rate / theirs.rate
    report(f"{name} c={connections}", f"{mine.rate:.0f}/s", f"{theirs.rate:.0f}/s", f"{ratio:.2f}", f">= {bar}", ratio >= bar)
    if with_p99:
        share = mine.p99 / theirs.p99
        report(f"{name} p99 c={connections}", f"{mine.p99:.2f} ms", f"{theirs.p99:.2f} ms", f"{share:.2f}", "<= 0.25", share <= 0.25)


def refresh_rate(side, tokens, seconds=SECONDS):
    """Rotations a second, each chain on a connection of its own, one after the other: what durable means."""
    loader = pathlib.Path(__file__).with_name("refresh_load.py")
    out = subprocess.run(["taskset", "-c", LOAD, "python3", loader, side.url("token"), str(seconds)], text=True, capture_output=True,
                         input=json.dumps({"header": side.header, "tokens": tokens}), check=True).stdout
    return json.loads(out)["rate"]
