"""Programs that are not root, or may do little; and what comes of a login."""
import json
import os
import subprocess
import sys

import fob
from console import Console
from key import Key
from scenes.logins import ssh
from shell import expect, run, sh


def screen_locker():
    """A program that runs as the user, in the user's session at the seat."""
    with Key("blue") as key, Console(2) as console:
        console.log_in("bob")
        console.sees("Touch your security key")
        key.touch()
        console.sees("bob@fob-guest")
        console.types("clear; pamtester locker bob authenticate")
        console.sees("Touch your security key for bob at locker")
        key.touch()
        console.sees("successfully authenticated")
        # For another it may not ask.
        console.types("clear; pamtester locker alice authenticate || printf 'STAYS %s' LOCKED")
        console.sees("STAYS LOCKED")


def af_unix_only():
    """I16: a caller as polkit's helper is: no network, no other family of sockets, nothing of the file system to write."""
    with Key("blue") as key:
        unit = ["systemd-run", "--quiet", "--pipe", "--wait", "--collect", "-p", "RestrictAddressFamilies=AF_UNIX",
                "-p", "PrivateNetwork=yes", "-p", "ProtectSystem=strict", "-p", "PrivateDevices=yes", "-p", "ProtectHome=yes",
                "-p", "PrivateTmp=yes", "-p", "NoNewPrivileges=yes", "-p", "MemoryDenyWriteExecute=yes"]
        with open("/etc/pam.d/polkit-1", "w") as file:
            file.write("auth required pam_fob.so\naccount required pam_permit.so\n")
        key.says("touch-policy", "auto")
        shown = run(*unit, "pamtester", "polkit-1", "bob", "authenticate")
        expect("successfully authenticated" in shown, shown)


HOST_APPLICATION = """
import sys
sys.path.insert(0, sys.argv[1])
from pam import authenticate
for service, user in (("bench-fob", "bob"), ("denies", "dave")):
    authenticate(service, user)
"""


def says_nothing_by_itself():
    """I17: what there is to say goes through PAM's conversation; the application's output stays its own."""
    def outputs():
        folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        done = subprocess.run([sys.executable, "-c", HOST_APPLICATION, folder], capture_output=True, text=True, timeout=60)
        expect(done.returncode == 0 and done.stdout == "" and done.stderr == "", f"the application's output: {done}")

    with Key("blue", touch="auto"):
        outputs()
    run("systemctl", "stop", "fobd.socket", "fobd.service")
    try:
        outputs()
    finally:
        fob.start()


def ticket_and_token():
    """From an ssh login to a token that a stock JWT library takes."""
    made = fob.fobctl_json("client", "add", "Wiki", "--audience", "https://wiki.example.org", "--scope", "read")
    client, secret = made["client"]["client_id"], made["client_secret"]
    terminal = ssh("alice", "127.0.0.1", f"fobctl ticket --client {client}; echo; echo DONE; read -r _")
    terminal.types(fob.Codes.next("alice"))
    terminal.sees("DONE")
    ticket = next(word for word in terminal.shown.split() if word.startswith("tkt_"))
    sh(f"umask 077; printf %s '{secret}' >/root/secret; printf %s '{ticket}' >/root/ticket")
    token = run("fobctl", "exchange", "--client", client, "--client-secret-file", "/root/secret", "--ticket-file",
                "/root/ticket").strip().split()[-1]
    terminal.types("")
    terminal.ends()
    import jwt
    keys = json.loads(run("fobctl", "jwks"))
    header = jwt.get_unverified_header(token)
    key = next(jwt.PyJWK(key).key for key in keys["keys"] if key["kid"] == header["kid"])
    claims = jwt.decode(token, key, algorithms=["ES256"], audience="https://wiki.example.org", issuer=fob.ISSUER)
    expect(claims["client_id"] == client and {"otp", "pwd", "mfa"} <= set(claims["amr"]), str(claims))
