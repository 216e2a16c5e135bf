"""What bench/run measures of security keys, with the tests' virtual key and fob-keyd's virtual build: how soon a key that
is plugged in is asked, how soon Ctrl-C reaches it, and what very many ceremonies leave behind."""
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import statistics
import subprocess
import time


class VirtualKey:
    """A running virtual-key and its tester's socket."""

    def __init__(self, program, folder, *options):
        self.path = folder / "keys/blue.sock"
        self.process = subprocess.Popen([program, "--state", folder / "blue.state", "--socket", self.path, *options],
                                        stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the virtual key did not start")

    def __call__(self, command):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as tester:
            tester.connect(f"{self.path}.ctl")
            tester.sendall(command.encode())
            return tester.recv(65536).decode()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class Daemon:
    """fobd with an empty store, whose worker sees the virtual keys of a folder."""

    def __init__(self, programs, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "keys").mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)
        (folder / "master.key").write_bytes(os.urandom(32))
        (folder / "master.key").chmod(0o400)
        self.socket = folder / "s"
        (folder / "fobd.toml").write_text(f"""
issuer = "https://login.example.org"
rp_id = "login.example.org"
socket = "{self.socket}"
state_dir = "{folder}/state"
master_key = "{folder}/master.key"
worker = ["{programs}/fob-keyd-virtual", "--keys", "{folder}/keys"]
trusted_uids = [{os.getuid()}]
[[rule]]
name = "rest"
action = "deny"
""")
        self.process = subprocess.Popen([programs / "fobd", "--config", folder / "fobd.toml"], stderr=open(folder / "log", "w"))
        for _ in range(2000):
            if self.socket.exists() and self.process.poll() is None:
                return
            time.sleep(0.005)
        raise RuntimeError(f"fobd did not start: {(folder / 'log').read_text()}")

    def begin(self, method, **parameters):
        """A ceremony, begun; what it says comes by its `says`."""
        return Ceremony(self.socket, method, parameters)

    def descriptors(self):
        return len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def memory_kib(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", text)[1])

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


class Ceremony:
    def __init__(self, path, method, parameters):
        self.rest = b""
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.socket.sendall(json.dumps({"method": method, "parameters": parameters, "more": True}).encode() + b"\0")

    def says(self):
        while b"\0" not in self.rest:
            got = self.socket.recv(65536)
            if not got:
                raise RuntimeError("fobd went away")
            self.rest += got
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def end(self):
        while (reply := self.says()).get("continues"):
            pass
        self.socket.close()
        if "error" in reply:
            raise RuntimeError(reply)
        return reply["parameters"]


def appears(programs, work, rounds=30):
    """Milliseconds from plugging a key in, while a ceremony waits for one, until it blinks; the median."""
    daemon = Daemon(programs, work / "run-key-appears")
    key = VirtualKey(programs / "virtual-key", daemon.folder, "--touch", "never", "--unplugged")
    times = []
    try:
        for _ in range(rounds):
            ceremony = daemon.begin("org.fobd.Enrol.EnrolKey", name="blue")
            if ceremony.says()["parameters"]["info"]["kind"] != "insert":
                raise RuntimeError("a key is there already")
            start = time.monotonic()
            key("plug")
            if key("wait-touch") != "waiting":
                raise RuntimeError("the key was not asked")
            times.append((time.monotonic() - start) * 1000)
            ceremony.socket.close()
            key("wait-idle")
            key("unplug")
    finally:
        key.stop()
        daemon.stop()
    return statistics.median(times)


def cancel(programs, work, rounds=30):
    """Milliseconds from SIGINT for fobctl until the key has its CTAPHID_CANCEL; the median."""
    daemon = Daemon(programs, work / "run-key-cancel")
    key = VirtualKey(programs / "virtual-key", daemon.folder, "--touch", "never")
    times = []
    try:
        for _ in range(rounds):
            before = json.loads(key("status"))["cancels"]
            fobctl = subprocess.Popen([programs / "fobctl", "--socket", daemon.socket, "key", "enrol", "blue"],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if key("wait-touch") != "waiting":
                raise RuntimeError("the key was not asked")
            start = time.monotonic()
            fobctl.send_signal(signal.SIGINT)
            if key("wait-idle") != "idle":
                raise RuntimeError("the key was not told")
            times.append((time.monotonic() - start) * 1000)
            fobctl.wait(10)
            if json.loads(key("status"))["cancels"] != before + 1:
                raise RuntimeError("it ended otherwise than by CTAPHID_CANCEL")
    finally:
        key.stop()
        daemon.stop()
    return statistics.median(times)


def leaks(programs, work, rounds=1000, warm_up=100):
    """Descriptors and KiB of memory that fobd holds more after `rounds` ceremonies than before."""
    daemon = Daemon(programs, work / "run-key-leaks")
    key = VirtualKey(programs / "virtual-key", daemon.folder)
    try:
        daemon.begin("org.fobd.Enrol.EnrolKey", name="blue", user=pwd.getpwuid(os.getuid()).pw_name).end()

        def touch(count):
            for _ in range(count):
                daemon.begin("org.fobd.Enrol.TestKey", key="blue").end()
            time.sleep(0.5)  # the last worker ends, and the next one stands ready

        touch(warm_up)
        descriptors, memory = daemon.descriptors(), daemon.memory_kib()
        touch(rounds)
        return daemon.descriptors() - descriptors, daemon.memory_kib() - memory
    finally:
        key.stop()
        daemon.stop()
