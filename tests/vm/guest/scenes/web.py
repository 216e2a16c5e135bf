"""The gateway as its package starts it, and a browser that is no more than an HTTP client."""
import http.client
import json
import re
import socket
import urllib.parse

import fob
from shell import expect, run, sh

SOCKET = "/run/fob-web/http.sock"
HOST = "login.example.org"


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(SOCKET)


class Browser:
    def __init__(self):
        self.cookies = {}

    def ask(self, method, path, **form):
        connection = Connection(HOST)
        fields = {"Origin": "https://" + HOST} if method == "POST" else {}
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if method == "POST":
            body = urllib.parse.urlencode(form)
            fields["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, fields)
        response = connection.getresponse()
        text = response.read().decode()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, content = value.split(";")[0].partition("=")
                self.cookies[cookie] = content
        connection.close()
        return response.status, response.getheader("Location"), text

    def step(self, page, what, **answer):
        """The form of a login page for `what`, filled in."""
        attempt = re.search(r'name="attempt" value="([^"]+)"', page)
        expect(attempt, "no login page: " + page[-600:])
        return self.ask("POST", "/login", do=what, attempt=attempt.group(1), request="", **answer)


def sign_in_by_password_and_code():
    """A password of /etc/shadow by fob-passwd, a code, and the account page; a wrong password gets nowhere."""
    sh("cp /usr/share/doc/fob-web/examples/fob-webd.toml /etc/fob/")
    run("systemctl", "start", "fob-webd.socket")
    browser = Browser()
    status, _, text = browser.ask("GET", "/healthz")
    expect(status == 200, f"healthz: {status} {text}")
    status, _, text = browser.ask("GET", "/.well-known/openid-configuration")
    expect(status == 200 and json.loads(text)["issuer"] == fob.ISSUER, f"discovery: {status} {text}")
    _, _, page = browser.ask("GET", "/login")
    _, _, page = browser.step(page, "name", user="alice")
    _, _, refused = browser.step(page, "password", password="not hers")
    expect('id="password"' in refused and 'id="code"' not in refused, "a wrong password was taken: " + refused[-600:])
    _, _, page = browser.ask("GET", "/login")
    _, _, page = browser.step(page, "name", user="alice")
    _, _, page = browser.step(page, "password", password="alice")
    expect('id="code"' in page, "the right password was not taken: " + page[-600:])
    status, where, page = browser.step(page, "code", code=fob.Codes.next("alice"))
    expect(status == 303 and where.endswith("/account"), f"not signed in: {status} {where} {page[-600:]}")
    status, _, page = browser.ask("GET", "/account")
    expect(status == 200 and "<strong>alice</strong>" in page, f"no account page: {status} {page[-600:]}")
    logins = fob.fobctl_json("login", "list", "--user", "alice")
    expect("fob-web" in str(logins), f"no login of the browser: {logins}")
