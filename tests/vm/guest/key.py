"""The virtual key of the tests, behind uhid or as a whole USB device."""
import json
import os
import subprocess
import time

from shell import run

PROGRAMS = "/fob/bin"
FOLDER = "/run/fob-keys"


class Key:
    """with Key("blue", pin="271828") as key: plugged in within, and of the same state whenever it comes again."""

    def __init__(self, name, *options, gadget=False, pin=None, touch="command", plugged=True):
        os.makedirs(FOLDER, exist_ok=True)
        self.name = name
        self.control = f"{FOLDER}/{name}.ctl"
        program = "virtual-key-gadget" if gadget else "virtual-key-uhid"
        self.words = [f"{PROGRAMS}/{program}", "--state", f"/root/{name}.state", "--control", self.control, "--serial", name,
                      "--name", name, "--touch", touch, *options]
        if pin is not None:
            self.words += ["--pin", pin]
        if not plugged:
            self.words += ["--unplugged"]
        if gadget:
            run("modprobe", "-a", "dummy_hcd", "libcomposite", "usb_f_hid")
            if not os.path.isdir("/sys/kernel/config/usb_gadget"):
                run("mount", "-t", "configfs", "none", "/sys/kernel/config", status=None)
        else:
            run("modprobe", "uhid")
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if line.strip() != "ready":
            raise AssertionError(f"the virtual key {self.name} did not start: {line}")
        settle()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=10)
        settle()

    def says(self, *command, status=0):
        return run(f"{PROGRAMS}/virtual-key-control", self.control, *command, status=status).strip()

    def await_touch(self, ms=20000):
        self.says("wait-touch", str(ms))

    def touch(self, ms=20000):
        """Touches it as soon as it blinks."""
        self.await_touch(ms)
        self.says("touch")

    def blinked(self):
        """How often it has blinked since it was put in."""
        return json.loads(self.says("status"))["blinks"]

    def plug(self):
        self.says("plug")
        settle()

    def unplug(self):
        self.says("unplug")


def settle():
    """Until udev has seen what is plugged in."""
    run("udevadm", "settle", "--timeout=20")


def await_device(seconds=10):
    """The hidraw node of the key that is plugged in, once its group is that of the workers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name in sorted(os.listdir("/sys/class/hidraw")) if os.path.isdir("/sys/class/hidraw") else []:
            if "ID_SECURITY_TOKEN=1" in run("udevadm", "info", f"/dev/{name}", status=None):
                return f"/dev/{name}"
        time.sleep(0.1)
    raise AssertionError("no security token among the hidraw devices")
