"""fob on this guest: its packages, its configuration, users' factors."""
import glob
import json
import os
import subprocess
import time

from shell import expect, run, sh
from terminal import Terminal

ISSUER = "https://login.example.org"
RP_ID = "login.example.org"
CONFIG = "/etc/fob/fobd.toml"
SECRETS = "/root/otp"  # base32, one file a user

# Before those of the shipped example.
RULES = """
[[rule]]
name = "with a PIN"
user = "carol"
service = "sudo"
require = "key+uv"

[[rule]]
name = "skips"
service = "skips"
require = "totp"
unenrolled = "skip"

[[rule]]
name = "key alone"
service = ["denies", "bench-fob", "locker"]
require = "key"

"""


def install(folder="/fob/deb"):
    packages = sorted(glob.glob(folder + "/*.deb"))
    expect(packages, "no packages in " + folder)
    return run("dpkg", "--install", *packages, timeout=200, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def set_up():
    """As the README has it: init, the rules of one's own, start."""
    run("fobctl", "init", "--issuer", ISSUER)
    with open(CONFIG) as file:
        text = file.read()
    at = text.index("[[rule]]\nname = \"elevation")
    with open(CONFIG, "w") as file:
        file.write(text[:at] + RULES.lstrip() + text[at:])
    start()


def start():
    run("systemctl", "start", "fob-keyd.socket", "fob-passwd.socket", "fobd.socket", "fobd.service")


def ask_by_pam():
    """For every login, the password first; and services of our own that ask for the factor alone."""
    run("pam-auth-update", "--package", "--enable", "fob-password")
    for service in ("skips", "denies", "locker", "bench-fob"):
        with open("/etc/pam.d/" + service, "w") as file:
            file.write("auth required pam_fob.so\naccount required pam_permit.so\n")


def enrol_key(key, user, name=None, pin=None):
    terminal = Terminal("fobctl", "key", "enrol", name or key.name, "--user", user)
    if pin is not None:
        terminal.sees("PIN")
        terminal.types(pin)
    terminal.sees("ouch your security key")
    key.touch()
    return terminal.ends()


def secret_of(user):
    with open(f"{SECRETS}/{user}") as file:
        return file.read().strip()


def code_at(user, step, period=30):
    return run("oathtool", "--totp", "--base32", "--time-step-size", f"{period}s", "--now", f"@{step * period}",
               secret_of(user)).strip()


class Codes:
    """A user's codes that fobd has not seen yet: of the step before, this one, and the next."""

    used = {}

    @classmethod
    def next(cls, user, period=30):
        while True:
            now = int(time.time()) // period
            step = max(now - 1, cls.used.get(user, 0) + 1)
            # That of the step before may expire while it is typed.
            if step == now - 1 and time.time() % period > period - 10:
                step = now
            if step <= now + 1:
                cls.used[user] = step
                return code_at(user, step, period)
            time.sleep(0.5)


def enrol_otp(user, name="phone", period=30):
    os.makedirs(SECRETS, mode=0o700, exist_ok=True)
    terminal = Terminal("fobctl", "otp", "enrol", name, "--user", user, "--no-qr", "--period", str(period))
    terminal.sees("secret=")
    terminal.sees("Code that your app shows")
    secret = terminal.shown.rsplit("secret=", 1)[1].split("&")[0].split()[0]
    with open(f"{SECRETS}/{user}", "w") as file:
        file.write(secret)
    terminal.types(Codes.next(user, period))
    terminal.ends()


def status_of(unit):
    words = run("systemctl", "show", "-p", "ActiveState,SubState,Result,MainPID,StatusText,ConditionResult", unit)
    return dict(line.partition("=")[::2] for line in words.splitlines())


def fobctl_json(*words, user=None):
    return json.loads(run("fobctl", "--json", *words, user=user, errors=False))


def attempt(*words):
    """What fobctl says when it fails; nothing where it does not."""
    done = subprocess.run(["fobctl", *words], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    return done.stderr if done.returncode != 0 else ""


def await_worker(seconds=15):
    """Until an idle worker is there, as it is when people log in."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if "fob-keyd" in sh("ps -C fob-keyd -o comm= || true"):
            return
        time.sleep(0.1)
    raise AssertionError("no worker was started")
