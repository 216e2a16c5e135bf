"""A virtual terminal of the seat, with a real getty: keys are typed by TIOCSTI, the screen is read from /dev/vcs."""
import fcntl
import os
import termios
import time

from shell import run

VT_ACTIVATE = 0x5606  # linux/vt.h


class Console:
    def __init__(self, number):
        self.number = number
        self.unit = f"getty@tty{number}.service"

    def __enter__(self):
        path = f"/etc/systemd/system/{self.unit}"
        if os.path.islink(path):
            os.unlink(path)
        run("systemctl", "daemon-reload")
        with open("/dev/tty0", "wb", buffering=0) as front:
            fcntl.ioctl(front, VT_ACTIVATE, self.number)
        run("systemctl", "restart", self.unit)
        return self

    def __exit__(self, *_):
        run("systemctl", "stop", self.unit)
        for line in run("loginctl", "list-sessions", "--no-legend").splitlines():
            if f"tty{self.number}" in line.split():
                run("loginctl", "terminate-session", line.split()[0], status=None)

    def types(self, line):
        # Opened each time: systemd hangs up a terminal before getty starts on it, which may come late.
        with open(os.open(f"/dev/tty{self.number}", os.O_RDWR | os.O_NOCTTY), "wb", buffering=0) as tty:
            for byte in (line + "\n").encode():
                fcntl.ioctl(tty, termios.TIOCSTI, bytes([byte]))

    def screen(self):
        with open(f"/dev/vcs{self.number}", "rb") as file:
            text = file.read().decode("ascii", "replace")
        return "\n".join(text[i:i + 80].rstrip() for i in range(0, len(text), 80)).rstrip()

    def sees(self, text, seconds=25):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            # A text that goes over the edge of the screen is one all the same.
            if text in self.screen() or text in self.screen().replace("\n", ""):
                return
            time.sleep(0.1)
        raise AssertionError(f"waited for {text!r}; the screen shows:\n{self.screen()}")

    def log_in(self, user):
        self.sees("login:")
        self.types(user)
        self.sees("assword")
        time.sleep(0.3)  # login flushes what was typed before it asks
        self.types(user)
