"""run.py GROUP SCENE,...|-: the guest's side. Runs the scenes of a group, all or some, and prints a verdict for each."""
import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from plan import GROUPS  # noqa: E402
from shell import Reboot  # noqa: E402

STATE = "/var/lib/fob-scenes.json"  # of a boot before, when a scene reboots


class TooLong(BaseException):
    """Not an Exception: no scene catches it."""


def say(text):
    print(text, flush=True)


def on_alarm(_signal, _frame):
    raise TooLong


def run(name, seconds):
    """True unless the guest is to boot anew."""
    module, function = name.split(".")
    started = time.monotonic()
    rebooting = False
    signal.alarm(seconds)
    try:
        getattr(importlib.import_module("scenes." + module), function)()
        verdict = "ok"
    except Reboot:
        verdict, rebooting = "ok", True
    except TooLong:
        verdict = f"FAILED: not done after {seconds} s"
    except BaseException as failed:  # noqa: B902: whatever it is, the scene has failed
        verdict = f"FAILED: {type(failed).__name__}: {failed}"
    signal.alarm(0)
    if verdict != "ok":
        say(traceback.format_exc())
        tail = subprocess.run(["journalctl", "-b", "-n", "40", "--no-pager", "-o", "short-monotonic"],
                              capture_output=True, text=True)
        say(tail.stdout)
    say(f"@@ scene {name} {time.monotonic() - started:.1f} {' '.join(verdict.split())[:600]}")
    return not rebooting


def main():
    group, only = sys.argv[1:]
    scenes = [scene for scene in GROUPS[group] if only == "-" or scene[0] in only.split(",")]
    first = 0
    if os.path.exists(STATE):
        with open(STATE) as file:
            first = json.load(file)["next"]
    signal.signal(signal.SIGALRM, on_alarm)
    for index, (name, seconds) in enumerate(scenes):
        if index < first:
            continue
        if not run(name, seconds):
            with open(STATE, "w") as file:
                json.dump({"next": index + 1}, file)
                file.flush()
                os.fsync(file.fileno())
            subprocess.run(["systemctl", "--no-block", "reboot"], check=True)
            time.sleep(60)
            return
    say("@@ end")
    subprocess.run(["systemctl", "--no-block", "poweroff"], check=True)


main()
