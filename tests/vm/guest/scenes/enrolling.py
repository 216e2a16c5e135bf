"""Enrolment by an administrator, and by the user."""
import os
import time

import fob
from key import Key, await_device
from shell import expect, run
from terminal import Terminal


def unit_of_the_key(key, device):
    """What udev/70-fob.rules says beside the group: the seat's user gets it, and units may bind to it, until it is unplugged."""
    said = run("udevadm", "info", "--query=property", device)
    words = dict(line.partition("=")[::2] for line in said.splitlines())
    expect({"uaccess", "systemd", "fob"} <= set(words["TAGS"].split(":")), said)
    link = "/dev/fob/" + words["ID_SERIAL"]
    expect(os.path.realpath(link) == device, f"{link} does not lead to {device}")
    unit = run("systemd-escape", "--path", "--suffix=device", link).strip()
    await_state(unit, "active")
    key.unplug()
    await_state(unit, "inactive")


def await_state(unit, state):
    for _ in range(100):
        if fob.status_of(unit)["ActiveState"] == state:
            return
        time.sleep(0.1)
    raise AssertionError(f"{unit} is not {state}: {fob.status_of(unit)}")


def by_root_and_by_the_user():
    fob.enrol_otp("alice")
    with Key("blue", gadget=True) as key:
        device = await_device()
        mode = run("stat", "-c", "%G %a", device).split()
        expect(mode == ["fob-keyd", "660"], f"{device}: {mode}")
        fob.enrol_key(key, "alice")
        fob.enrol_key(key, "bob")
        unit_of_the_key(key, device)
    with Key("pinned", pin="271828") as key:
        fob.enrol_key(key, "carol", pin="271828")
    # dave has no factor: a code of the administrator lets him enrol the first one.
    code = fob.fobctl_json("enrol-code", "create", "dave")
    code = code.get("code") or code["enrol_code"]
    with Key("daves") as key:
        terminal = Terminal("fobctl", "otp", "enrol", "phone", "--no-qr", user="dave")
        terminal.sees("nrolment code for dave")
        terminal.types(code)
        terminal.sees("secret=")
        terminal.sees("Code that your app shows")
        secret = terminal.shown.rsplit("secret=", 1)[1].split("&")[0].split()[0]
        with open(fob.SECRETS + "/dave", "w") as file:
            file.write(secret)
        terminal.types(fob.Codes.next("dave"))
        terminal.ends()
    keys = fob.fobctl_json("key", "list", "--user", "bob")
    expect("blue" in str(keys), f"bob has no key: {keys}")
    # The next tests need one without any factor.
    run("fobctl", "otp", "remove", "phone", "--user", "dave")
