"""Logins by sudo, ssh and the console, with keys and codes."""
import json

import fob
from console import Console
from key import Key
from pam import authenticate
from shell import expect, run, sh
from terminal import Terminal, sudo

SSH = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
       "-o", "PreferredAuthentications=keyboard-interactive", "-tt")


def sudo_with_touch():
    """I9: the prompt names who asks, and for what."""
    with Key("blue") as key:
        terminal = sudo("bob", "id", "-u")
        terminal.sees("Touch your security key for bob at sudo")
        key.touch()
        expect(terminal.ends().split()[-1] == "0", "sudo did not run the command: " + terminal.shown)
        # Without a touch, no sudo.
        key.says("touch-policy", "refuse")
        terminal = sudo("bob", "id", "-u")
        terminal.sees("refused at the key")
        terminal.sees("password for bob")  # sudo's next try
        terminal.close()
        expect("\n0" not in terminal.shown, "sudo ran the command: " + terminal.shown)


def sudo_with_pin():
    with Key("pinned") as key:
        terminal = sudo("carol", "id", "-u")
        terminal.sees("PIN for carol at sudo")
        expect(key.blinked() == 0, "the key is asked before the PIN is typed")
        terminal.types("271828")
        terminal.sees("Touch your security key for carol at sudo")
        key.touch()
        expect(terminal.ends().split()[-1] == "0", "sudo did not run the command: " + terminal.shown)


def wrong_pin_until_the_floor():
    """I11, I12: the tries are shown, each costs one, and the last two are not spent."""
    with Key("pinned") as key:
        left = 8
        while True:
            terminal = sudo("carol", "true")
            which = 0
            while which == 0:
                which = terminal.sees("PIN for carol at sudo: ", "unplug the key and plug it in again", "to risk one", timeout=20)
                if which == 0:
                    expect(f"{left} tries left" in terminal.shown, f"not told of {left} tries: {terminal.shown!r}")
                    terminal.types("000000")
                    left -= 1
            terminal.sees("password for carol", "incorrect password")
            terminal.close()
            if which == 2:
                break
            # Three in a row (CTAP 2.1, 6.5.1): the key itself wants it.
            key.unplug()
            key.plug()
        status = json.loads(key.says("status"))
        expect(left == 2 and status["pin_retries"] == 2, f"{left} tries are left by what was shown: {status}")
    run("fobctl", "user", "unlock", "carol")


def each_trouble_has_its_words():
    """I11: no key, another's key, no touch, a PIN that is blocked."""
    with open(fob.CONFIG) as file:
        config = file.read()
    expect("\ntouch_timeout = 30\n" in config, "the configuration has another touch_timeout")
    with open(fob.CONFIG, "w") as file:
        file.write(config.replace("\ntouch_timeout = 30\n", "\ntouch_timeout = 5\n"))
    run("systemctl", "reload", "fobd.service")
    try:
        refused("bench-fob", "bob", [], "Insert your security key for bob at bench-fob", "no security key was plugged in")
        with Key("daves"):
            refused("bench-fob", "bob", [], "is not enrolled for bob: insert one that is", "not one that is enrolled here")
        with Key("blue"):
            refused("bench-fob", "bob", [], "Touch your security key for bob at bench-fob", "the key was not touched in time")
        with Key("pinned") as key:
            key.says("block", "pin")
            refused("sudo", "carol", ["carol"], "the key's PIN is blocked: the key must be reset")
    finally:
        with open(fob.CONFIG, "w") as file:
            file.write(config)
        run("systemctl", "reload", "fobd.service")


def refused(service, user, answers, *texts):
    result, _, said = authenticate(service, user, answers)
    words = "\n".join(said)
    expect(result != 0 and all(text in words for text in texts), f"{user} at {service}: {result}, {said}, without {texts}")


def ssh(user, host="127.0.0.1", *command, netns=None):
    words = ["ip", "netns", "exec", netns] if netns else []
    terminal = Terminal(*words, "ssh", *SSH, f"{user}@{host}", *command, timeout=45)
    terminal.sees("assword")
    terminal.types(user)
    terminal.sees("Code for " + user + " at sshd")
    return terminal


def ssh_with_code():
    code = fob.Codes.next("alice")
    terminal = ssh("alice", "127.0.0.1", "fobctl login list; echo DONE")
    terminal.types(code)
    terminal.sees("DONE")
    expect("sshd" in terminal.shown, "the session has no login: " + terminal.shown)
    terminal.ends()
    # I18: a wrong one, and the same one again, are refused.
    terminal = ssh("alice", "127.0.0.1", "echo DONE")
    terminal.types("000000")
    expect(terminal.sees("DONE", "assword") != 0, "a wrong code was good")
    terminal.types("alice")
    terminal.sees("Code for alice at sshd")
    terminal.types(code)
    expect(terminal.sees("DONE", "assword", "denied") != 0, "a code was good twice")
    terminal.close()


def ssh_from_elsewhere_wakes_no_key():
    """I9: only who is here can touch it."""
    sh("""ip netns add far
          ip link add near type veth peer name far netns far
          ip addr add 10.9.0.1/24 dev near; ip link set near up
          ip -n far addr add 10.9.0.2/24 dev far; ip -n far link set far up""")
    with Key("blue") as key:
        terminal = ssh("alice", "10.9.0.1", netns="far")
        terminal.types(fob.Codes.next("alice"))
        terminal.sees("$")
        terminal.types("sudo -k id -u")
        terminal.sees("password for alice")
        terminal.types("alice")
        terminal.sees("Code for alice at sudo: ")
        terminal.types(fob.Codes.next("alice"))
        terminal.sees("0\r\n")
        # bob has a key and nothing else: from afar it counts for nothing, and he is asked as one with a code would be.
        result = Terminal("ip", "netns", "exec", "far", "ssh", *SSH, "bob@10.9.0.1", "echo DONE", timeout=45)
        result.sees("assword")
        result.types("bob")
        result.sees("Code for bob at sshd")
        result.types("000000")
        expect(result.sees("DONE", "assword", "denied") != 0, "bob came in from afar")
        result.close()
        terminal.types("exit")
        terminal.ends(status=None)
        expect(key.blinked() == 0, f"logins and sudo from afar made the key blink {key.blinked()} times")


def console_login_has_a_session():
    with Key("blue") as key, Console(1) as console:
        console.log_in("bob")
        console.sees("Touch your security key for bob at login")
        key.touch()
        console.sees("bob@fob-guest")
        sessions = run("loginctl", "list-sessions", "--no-legend")
        mine = [line.split() for line in sessions.splitlines() if " bob " in f" {line} "]
        expect(mine and "seat0" in mine[0], "no session on seat0: " + sessions)
        logins = fob.fobctl_json("login", "list")
        expect(any(login["user"] == "bob" and login["service"] == "login" for login in logins["logins"]), str(logins))
        # sudo in it: the key may blink.
        console.types("sudo -k id -u")
        console.sees("password for bob")
        console.types("bob")
        console.sees("Touch your security key for bob at sudo")
        key.touch()
        console.sees("\n0")


def insert_on_demand():
    with Key("blue", gadget=True, plugged=False) as key:
        terminal = sudo("bob", "id", "-u")
        terminal.sees("Insert your security key for bob at sudo")
        key.plug()
        terminal.sees("Touch your security key")
        key.touch()
        expect(terminal.ends().split()[-1] == "0", terminal.shown)


def unplug_in_the_middle():
    with Key("blue", gadget=True) as key:
        terminal = sudo("bob", "id", "-u", timeout=40)
        terminal.sees("Touch your security key")
        key.await_touch()
        key.unplug()
        terminal.sees("the key was unplugged")
        key.plug()
        # sudo's next try.
        terminal.sees("password for bob")
        terminal.types("bob")
        terminal.sees("Touch your security key")
        key.touch()
        expect(terminal.ends().split()[-1] == "0", terminal.shown)


def two_keys():
    """All blink, the touched one counts, the other one is told to stop."""
    with Key("blue") as blue, Key("green") as green:
        fob_enrol_with_both(blue, green)
        terminal = sudo("bob", "id", "-u")
        terminal.sees("Touch your security key")
        blue.await_touch()
        green.touch()
        blue.says("wait-idle", "5000")
        expect(terminal.ends().split()[-1] == "0", terminal.shown)


def fob_enrol_with_both(blue, green):
    blue.unplug()
    fob.enrol_key(green, "bob", "green")
    blue.plug()


def two_logins_at_once():
    """I9, I10: neither wedges the key; it is asked by one at a time, and who comes second is told to wait."""
    with Key("blue") as key:
        first = sudo("bob", "id", "-u", timeout=60)
        key.await_touch()
        second = sudo("bob", "id", "-u", timeout=60)
        second.sees("is being asked first")
        for terminal in (first, second):
            key.touch(30000)
            key.says("wait-idle", "10000", status=None)
            expect(terminal.ends().split()[-1] == "0", terminal.shown)


def unenrolled_skip_and_deny():
    result, _, said = authenticate("skips", "dave")
    # The module says PAM_IGNORE: with no other line, PAM has nothing to go by.
    expect(result != 0 and not said, f"skips: {result} {said}")
    with open("/etc/pam.d/skips", "w") as file:
        file.write("auth requisite pam_unix.so\nauth required pam_fob.so\naccount required pam_permit.so\n")
    result, _, said = authenticate("skips", "dave", ["dave"])
    expect(result == 0, f"skips: {result} {said}")
    result, _, said = authenticate("denies", "dave")
    expect(result != 0 and "no enrolled factor" in " ".join(said), f"denies: {result} {said}")
