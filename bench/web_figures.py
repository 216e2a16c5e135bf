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


class Refused(RuntimeError):
    """Answers of a run were no success, so that its rate says nothing."""


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
            raise Refused(re.search(r"(Non-2xx.*|Socket errors.*)", out).group(1))
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
        self.process = pinned(["node", root / "bench/oidc_provider.cjs", port, kind], env=environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.origin = f"http://localhost:{port}"
        until_it_answers(f"{self.origin}/.well-known/openid-configuration", 30)

    def side(self):
        return Side(self.origin, {"token": "/token", "introspect": "/token/introspection", "jwks": "/jwks"}, "bench", "bench-secret")

    def close(self):
        self.process.terminate()
        self.process.wait()


def compare(report, name, ours, peer, endpoint, bar, connections, ours_body, peer_body, folder, with_p99=True):
    method = "GET" if ours_body is None else "POST"
    try:
        mine = Wrk(folder, ours.url(endpoint), connections, method, ours.header if ours_body else None, ours_body)
        theirs = Wrk(folder, peer.url(endpoint), connections, method, peer.header if peer_body else None, peer_body)
    except Refused as why:
        return report(f"{name} c={connections}", str(why), "-", "-", f">= {bar}", False)
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


def figures(report, root, binaries, folder, daemon, apps):
    """All of them. `daemon`: a running fobd, which this pins to the server's core; `apps`: its clients."""
    subprocess.run(["taskset", "-a", "-p", "-c", SERVER, str(daemon.process.pid)], check=True, stdout=subprocess.DEVNULL)
    for name, settings in {"es256": {"machine": True}, "eddsa": {"machine": True, "algorithm": "EdDSA"},
                           "opaque": {"machine": True, "token_kind": "opaque"}, "rotate": {"refresh_lifetime_ms": 86_400_000}}.items():
        apps.client(name, **settings)
    subprocess.run([root / "tests/interop/npm/install", root / "build/npm"], check=True)
    packages = root / "build/npm/node_modules"
    gateway = Ours(folder, daemon.socket, binaries)
    try:
        report("webd-rss-idle", f"{rss_kib(gateway.process.pid) / 1024:.1f} MiB", "-", "-", "<= 15 MiB", rss_kib(gateway.process.pid) <= 15 * 1024)
        report("webd-ready", f"{gateway.ready_ms:.0f} ms", "-", "-", "<= 50 ms", gateway.ready_ms <= 50)
        sides = {name: gateway.side(*apps.clients[name]) for name in apps.clients}
        jwt = Peer(root, packages, "jwt")
        try:
            peer = jwt.side()
            machine = form(grant_type="client_credentials", scope="read")
            for connections in CONNECTIONS:
                for name in ("es256", "eddsa"):
                    compare(report, f"web-token-{name}", sides[name], peer, "token", 3, connections, machine, machine, folder)
                compare(report, "web-jwks", sides["es256"], peer, "jwks", 5, connections, None, None, folder, with_p99=False)
            ours = refresh_rate(sides["rotate"], [token["refresh_token"] for token in apps.tokens("rotate", 16)])
            theirs = refresh_rate(peer, [urllib.request.urlopen(f"{jwt.origin}/bench/refresh-token").read().decode() for _ in range(16)])
            report("web-refresh c=16", f"{ours:.0f}/s", f"{theirs:.0f}/s", f"{ours / theirs:.2f}", ">= 2", ours / theirs >= 2)
        finally:
            jwt.close()
        opaque = Peer(root, packages, "opaque")
        try:
            peer = opaque.side()
            tokens = {side: side.post("token", grant_type="client_credentials", scope="read")["access_token"] for side in (sides["opaque"], peer)}
            for connections in CONNECTIONS:
                compare(report, "web-token-opaque", sides["opaque"], peer, "token", 5, connections, machine, machine, folder, with_p99=False)
                compare(report, "web-introspect", sides["opaque"], peer, "introspect", 5, connections,
                        form(token=tokens[sides["opaque"]]), form(token=tokens[peer]), folder, with_p99=False)
        finally:
            opaque.close()
        kept = gateway.idle_connections(10_000)
        crowd = rss_kib(gateway.process.pid) / 1024
        report("webd-rss-10000-idle", f"{crowd:.1f} MiB", "-", "-", "<= 64 MiB", crowd <= 64)
        for one in kept:
            one.close()
    finally:
        gateway.close()
