"""What bench/run measures of tokens: a store with very many grants, and web apps that ask about theirs."""
import hashlib
import json
import os
import pathlib
import socket
import sqlite3
import subprocess
import time

PER_LOGIN = 1000  # grants: as many as one may have


def fill_grants(database, count):
    """Puts `count` live grants into a store, each with an opaque token and refresh tokens, of 1000 a login; and
    one live login of our own uid, "login_bench"."""
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    now = int(time.time())
    until = now + 30 * 86400
    store = sqlite3.connect(database)
    store.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA journal_mode = WAL;")
    user, = store.execute("SELECT id FROM users ORDER BY id LIMIT 1").fetchone()
    uid = os.getuid()
    store.execute("UPDATE users SET uid = ? WHERE id = ?", (uid, user))
    login = """INSERT INTO logins (id, user_id, uid, service, tty, rhost, factors, amr, acr, multi_factor, rule,
      authenticated_at, confirmed_at, expires_at, boot_id, kernel_session)
      VALUES (?, ?, ?, 'sshd', '', '', 'password' || char(10) || 'totp', 'pwd' || char(10) || 'otp' || char(10) || 'mfa',
      'mfa', 1, 'bench', ?, ?, ?, ?, '')"""
    names = [f"login_{i:022d}" for i in range(count // PER_LOGIN)] + ["login_bench"]
    store.executemany(login, ((name, user, uid, now, now, until, boot) for name in names))
    store.execute("""INSERT INTO clients (id, name, secret_hash, audiences, scopes, token_lifetime, created_at,
      secret_rotated_at, refresh_lifetime) VALUES ('client_filler', 'filler', ?, 'filler', 'read', 300, ?, ?, 86400)""",
                  (hashlib.sha256(b"filler").digest(), now, now))
    store.execute("""INSERT INTO grants (id, login, client, audience, scope, created_at, expires_at, client_epoch,
      user_epoch, login_epoch)
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
      SELECT 'grant_' || lower(hex(randomblob(11))), printf('login_%022d', i / ?), 'client_filler', 'filler', 'read',
      ?, ?, 0, 0, 0 FROM n WHERE ? > 0""", (max(count, 1), PER_LOGIN, now, until, count))
    store.execute("""INSERT INTO access_tokens (hash, grant_seq, scope, told_groups, issued_at, expires_at)
      SELECT randomblob(32) AS hash, seq, 'read', '', ?, ? FROM grants ORDER BY hash""", (now, until))
    store.execute("""INSERT INTO refresh_families (hash, grant_seq, token)
      SELECT randomblob(32) AS hash, seq, randomblob(32) FROM grants ORDER BY hash""")
    store.commit()
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


class Caller:
    """One connection to fobd."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))

    def call(self, method, **parameters):
        self.socket.sendall(json.dumps({"method": method, "parameters": parameters}).encode() + b"\0")
        reply = b""
        while not reply.endswith(b"\0"):
            reply += self.socket.recv(65536)
        reply = json.loads(reply[:-1])
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply}")
        return reply["parameters"]


class Apps:
    """Web apps of one fobd whose store has the login of fill_grants."""

    def __init__(self, path, program):
        self.path, self.program = path, program
        self.caller = Caller(path)
        self.clients = {}

    def client(self, name, **settings):
        out = self.caller.call("org.fobd.Admin.AddClient", name=name,
                               settings={"audiences": [name], "scopes": ["read"], **settings})
        self.clients[name] = (out["client"]["client_id"], out["client_secret"])

    def tokens(self, name, count):
        client, secret = self.clients[name]
        got = []
        for _ in range(count):
            ticket = self.caller.call("org.fobd.Token.Ticket", client_id=client, login="login_bench")["ticket"]
            got.append(self.caller.call("org.fobd.Token.Exchange", client_id=client, client_secret=secret, ticket=ticket))
        return got

    def rate(self, what, name, seconds, tokens):
        client, secret = self.clients[name]
        output = subprocess.run([self.program, what, str(self.path), client, secret, str(seconds), *tokens], check=True,
                                capture_output=True, text=True, timeout=120).stdout
        return json.loads(output)["per_second"]
