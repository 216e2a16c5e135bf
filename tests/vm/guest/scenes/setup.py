"""Installing, upgrading, removing; and what the units take away from their programs."""
import os
import re
import stat

import fob
from key import Key
from pam import authenticate
from shell import expect, figure, run, sh


def nothing_asks():
    expect(not run("grep", "-rl", "pam_fob", "/etc/pam.d", status=None), "PAM asks for fob without being told to")
    result, _, said = authenticate("login", "alice", ["alice"])
    expect(result == 0, f"alice cannot log in with her password: {result} {said}")


def install():
    fob.install()
    nothing_asks()
    expect(fob.status_of("fobd.service")["ActiveState"] == "inactive", "fobd runs without a configuration")
    for unit in ("fobd.service", "fobd.socket", "fob-keyd.socket", "fob-passwd.socket"):
        expect("enabled" in run("systemctl", "is-enabled", unit), unit + " is not enabled")
    # Nor does anything listen for it.
    sockets = ("fobd.socket", "fob-keyd.socket", "fob-passwd.socket")
    run("systemctl", "start", *sockets)
    for unit in sockets:
        status = fob.status_of(unit)
        expect(status["ActiveState"] == "inactive" and status["ConditionResult"] == "no", f"{unit} listens without a configuration: {status}")
    fob.set_up()
    check_running()
    fob.ask_by_pam()
    order = sh("grep -nE '^session' /etc/pam.d/common-session")
    expect(order.index("pam_fob.so") > order.index("pam_systemd.so"), "pam_fob comes before pam_systemd: " + order)
    expect("pam_fob" not in sh("cat /etc/pam.d/common-session-noninteractive"), "cron's sessions ask fobd")


def check_running():
    status = fob.status_of("fobd.service")
    expect(status["ActiveState"] == "active" and "serves /run/fob/fobd.sock" in status["StatusText"], str(status))
    for path, owner, mode in (("/run/fob/fobd.sock", "root", 0o666), ("/run/fob/keyd.sock", "fob", 0o600),
                              ("/var/lib/fob", "fob", 0o700), ("/etc/fob/master.key", "fob", 0o400),
                              ("/etc/fob/fobd.toml", "root", 0o644), ("/run/fob", "root", 0o755)):
        info = os.stat(path)
        got = run("stat", "-c", "%U", path).strip()
        expect(got == owner and stat.S_IMODE(info.st_mode) == mode, f"{path}: {got} {stat.S_IMODE(info.st_mode):04o}")
    run("fobctl", "status")
    fob.await_worker()
    expect("mind:" not in run("fobctl", "config", "check"), run("fobctl", "config", "check"))


def upgrade():
    """From the package of before: what is stored and what is configured stays, and so does the socket."""
    fob.install("/fob/deb-before")
    nothing_asks()
    fob.set_up()
    check_running()
    fob.ask_by_pam()
    fob.enrol_otp("alice")
    with Key("blue") as key:
        fob.enrol_key(key, "bob")
    before = os.stat("/run/fob/fobd.sock").st_ino
    pid = fob.status_of("fobd.service")["MainPID"]
    auth = sh("cat /etc/pam.d/common-auth")
    fob.install()
    check_running()
    expect(os.stat("/run/fob/fobd.sock").st_ino == before, "the upgrade made another socket")
    expect(fob.status_of("fobd.service")["MainPID"] != pid, "the upgrade did not restart fobd")
    expect(sh("cat /etc/pam.d/common-auth") == auth, "the upgrade changed common-auth")
    for kind, user, name in (("otp", "alice", "phone"), ("key", "bob", "blue")):
        factors = fob.fobctl_json(kind, "list", "--user", user)
        expect(name in str(factors), f"{user}'s {kind} is gone: {factors}")


def exposure(unit):
    text = run("systemd-analyze", "security", "--no-pager", unit, status=None)
    found = re.search(r"Overall exposure level for (\S+): ([0-9.]+)", text)
    expect(found, "systemd-analyze security says nothing of " + unit + ": " + text)
    return float(found.group(2))


def sandboxes():
    """What the units ask for is what their processes got."""
    fob.await_worker()
    worker = sh("pgrep -x fob-keyd | head -n 1").strip()
    daemon = fob.status_of("fobd.service")["MainPID"]
    for pid, user in ((daemon, "fob"), (worker, "fob-keyd")):
        status = dict(line.partition(":\t")[::2] for line in open(f"/proc/{pid}/status").read().splitlines())
        uid = run("id", "-u", user).strip()
        expect(status["Uid"].split() == [uid] * 4, f"{user} runs as {status['Uid']}")
        expect(status["NoNewPrivs"] == "1", user + ": new privileges")
        expect(status["Seccomp"] == "2", user + ": no seccomp filter")
        for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
            expect(int(status[name], 16) == 0, f"{user}: {name} {status[name]}")
    # fobd has no network but its socket, and the worker may see neither store nor key.
    expect(os.readlink(f"/proc/{daemon}/ns/net") != os.readlink("/proc/1/ns/net"), "fobd shares the host's network")
    for path in ("/var/lib/fob/fob.db", "/etc/fob/master.key", "/run/fob/fobd.sock"):
        expect(not os.path.exists(f"/proc/{worker}/root{path}"), "the worker's root shows " + path)
    # Passwords are root's to check, and the gateway speaks to the network.
    most = {"fobd.service": 1.5, "fob-keyd@1.service": 1.5, "fob-passwd@1.service": 2.5, "fob-webd.service": 2.5}
    run("systemd-analyze", "verify", "--man=no", "fobd.socket", "fob-keyd.socket", "fob-passwd.socket", "fob-webd.socket", *most)
    for unit, limit in most.items():
        level = exposure(unit)
        figure("exposure", f"{unit} {level} of 10 (systemd-analyze security)")
        expect(level <= limit, f"{unit} is exposed by {level}")


def removal():
    fob.ask_by_pam()
    # Lines that somebody wrote keep the module, for their service's sake.
    common = sh("cat /etc/pam.d/common-auth")
    expect("pam_fob.so" in common, "the profile is not enabled: " + common)
    said = run("dpkg", "--remove", "libpam-fob", status=1)
    expect("/etc/pam.d/locker" in said, "not told of the files that use the module: " + said)
    expect(os.path.exists("/usr/lib/x86_64-linux-gnu/security/pam_fob.so"), "the module is gone, and services need it")
    expect(sh("cat /etc/pam.d/common-auth") == common, "the package stays, and sudo asks for nothing any more")
    # A copy that somebody made is no service.
    sh("cp /etc/pam.d/locker /etc/pam.d/locker.bak")
    for service in ("skips", "denies", "locker", "bench-fob"):
        os.unlink("/etc/pam.d/" + service)
    run("dpkg", "--remove", "libpam-fob", "fob-web", "fob")
    os.unlink("/etc/pam.d/locker.bak")
    nothing_asks()
    expect(os.path.exists("/var/lib/fob/fob.db"), "removing took the store along")
    expect("not-found" in run("systemctl", "show", "-p", "LoadState", "fobd.service"), "the unit is still there")
    run("dpkg", "--purge", "libpam-fob", "fob-web", "fob")
    nothing_asks()
    expect(not os.path.exists("/var/lib/fob"), "purging left the store")
    expect(not os.path.exists("/etc/fob/master.key"), "purging left the master key")
    result, _, said = authenticate("sudo", "alice", ["alice"])
    expect(result == 0, f"sudo asks for more than the password: {said}")
