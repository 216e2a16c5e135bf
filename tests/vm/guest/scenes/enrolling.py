"""Enrolment by an administrator, and by the user."""
import fob
from key import Key, await_device
from shell import expect, run
from terminal import Terminal


def by_root_and_by_the_user():
    fob.enrol_otp("alice")
    with Key("blue", gadget=True) as key:
        device = await_device()
        mode = run("stat", "-c", "%G %a", device).split()
        expect(mode == ["fob-keyd", "660"], f"{device}: {mode}")
        fob.enrol_key(key, "alice")
        fob.enrol_key(key, "bob")
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
