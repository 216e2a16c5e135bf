"""What happens to a host: a daemon that is stopped, killed and restarted, a bad configuration, a full disk, a reboot."""
import os
import signal
import sqlite3
import time

import fob
from key import Key
from pam import authenticate
from shell import Reboot, expect, run, sh
from terminal import sudo


def refused(terminal):
    shown = terminal.ends(status=1, timeout=40)
    expect("\n0" not in shown, "sudo ran the command: " + shown)
    return shown


def works(key):
    terminal = sudo("bob", "id", "-u", timeout=40)
    terminal.sees("Touch your security key")
    key.touch()
    expect(terminal.ends().split()[-1] == "0", terminal.shown)


def daemon_stopped_killed_restarted():
    with Key("blue") as key:
        run("systemctl", "stop", "fobd.socket", "fobd.service")
        terminal = sudo("bob", "id", "-u")
        terminal.sees("daemon cannot be reached")
        terminal.close()
        # The socket alone: the first who asks starts fobd.
        run("systemctl", "start", "fobd.socket")
        works(key)
        # Between the prompt and the touch.
        for how in (("kill", "--signal=KILL", "fobd.service"), ("restart", "fobd.service"), ("stop", "fobd.socket", "fobd.service")):
            terminal = sudo("bob", "id", "-u", timeout=40)
            terminal.sees("Touch your security key")
            key.await_touch()
            run("systemctl", *how)
            terminal.sees("daemon went away", "cannot be reached", "broke off")
            terminal.close()
            expect("\n0" not in terminal.shown, f"sudo ran the command beside a daemon that was told to {how[0]}: {terminal.shown}")
            key.says("wait-idle", "10000")
            if how[0] == "stop":
                fob.start()
            works(key)


def hangs():
    """WatchdogSec: a fobd that does nothing more is ended and started anew, and who asked meanwhile is answered."""
    drop_in = "/run/systemd/system/fobd.service.d"
    os.makedirs(drop_in)
    with open(drop_in + "/soon.conf", "w") as file:
        file.write("[Service]\nWatchdogSec=5s\n")
    try:
        run("systemctl", "daemon-reload")
        run("systemctl", "restart", "fobd.service")
        pid = fob.status_of("fobd.service")["MainPID"]
        os.kill(int(pid), signal.SIGSTOP)
        # Waits in the socket for the next fobd, unless the last one takes the call with it as it is ended.
        if why := fob.attempt("--timeout", "50s", "status"):
            expect("closed the connection" in why, why)
            run("fobctl", "--timeout", "50s", "status")
        status = fob.status_of("fobd.service")
        expect(status["ActiveState"] == "active" and status["MainPID"] != pid, f"it hangs, and nobody does anything: {status}")
        expect("Watchdog timeout" in run("journalctl", "-u", "fobd.service", "-b", "-o", "cat"), "it ended for another reason")
    finally:
        sh("rm -r " + drop_in)
        run("systemctl", "daemon-reload")
        run("systemctl", "restart", "fobd.service")


def write_config(text):
    with open(fob.CONFIG, "w") as file:
        file.write(text)


def reload():
    """A bad file changes nothing and says so; a good one takes effect, and no login is lost."""
    pid = fob.status_of("fobd.service")["MainPID"]
    with open(fob.CONFIG) as file:
        good = file.read()
    try:
        write_config(good + "\n[nonsense]\nx = 1\n")
        run("systemctl", "reload", "fobd.service", status=1)
        # Whoever sends the signal by hand is told in the status and the journal.
        run("systemctl", "kill", "--signal=HUP", "--kill-who=main", "fobd.service")
        await_status("old configuration still holds")
        expect(authenticate("denies", "dave")[0] != 0, "dave came in")
        ours = fob.RULES.lstrip()
        expect(ours in good, "the rules are not where they were")
        write_config(good.replace(ours, '[[rule]]\nservice = "denies"\naction = "skip"\n\n' +
                                  ours.replace('service = ["denies", ', 'service = ["elsewhere", ')))
        run("systemctl", "reload", "fobd.service")
        await_status("was read again")
        explained = run("fobctl", "explain", "login", "denies", "dave", status=None)
        expect("skip" in explained, explained)
        expect(fob.status_of("fobd.service")["MainPID"] == pid, "the reload restarted fobd")
    finally:
        write_config(good)
        run("systemctl", "reload", "fobd.service")


def await_status(text):
    for _ in range(50):
        if text in fob.status_of("fobd.service")["StatusText"]:
            return
        time.sleep(0.1)
    raise AssertionError(f"no {text!r} in {fob.status_of('fobd.service')}")


def unreadable_is_not_unenrolled():
    """I13: nobody is let past by a store that cannot be read, and nobody is told that he has no factor."""
    # Systemd starts fobd again and again, and whoever asks waits that long: not for a minute here.
    with open("/etc/pam.d/skips", "w") as file:
        file.write("auth requisite pam_unix.so\nauth required pam_fob.so timeout=15\naccount required pam_permit.so\n")
    with open("/etc/pam.d/denies", "w") as file:
        file.write("auth required pam_fob.so timeout=15\naccount required pam_permit.so\n")
    result, _, said = authenticate("skips", "dave", ["dave"])
    expect(result == 0, f"dave has no factor, and is not let past: {said}")
    run("systemctl", "stop", "fobd.service", "fobd.socket")
    sh("cp -a /var/lib/fob/fob.db /root/fob.db; dd if=/dev/urandom of=/var/lib/fob/fob.db bs=4k count=4 conv=notrunc 2>/dev/null")
    try:
        run("systemctl", "start", "fobd.socket")
        for service in ("skips", "denies"):
            result, _, said = authenticate(service, "dave", ["dave"])
            words = " ".join(said)
            expect(result != 0, f"{service} let dave in beside a store that is damaged")
            expect("no enrolled factor" not in words and ("cannot be reached" in words or "no answer in time" in words), f"{service}: {said}")
    finally:
        run("systemctl", "stop", "fobd.service", "fobd.socket")
        run("systemctl", "reset-failed", "fobd.service", "fobd.socket", status=None)
        sh("cp -a /root/fob.db /var/lib/fob/fob.db")
        fob.start()


def renamed_host():
    """I15: keys, codes and what is in the store belong to the configured name, not to the machine's."""
    before = sh("hostname").strip()
    run("systemctl", "stop", "fobd.service", "fobd.socket")
    sh("hostname elsewhere; echo elsewhere >/etc/hostname")
    try:
        fob.start()
        with Key("blue") as key:
            works(key)
        result, _, said = authenticate("sudo", "alice", ["alice", fob.Codes.next("alice")])
        expect(result == 0, f"the code is no good: {said}")
    finally:
        sh(f"hostname {before}; echo {before} >/etc/hostname")


def logins_at(service, user):
    return [login for login in fob.fobctl_json("login", "list", "--user", user, "--all")["logins"] if login["service"] == service]


def await_gap(text):
    """What the trail says of the time in which nothing could be written."""
    for _ in range(60):
        gaps = [event["detail"] for event in fob.fobctl_json("audit", "tail", "--action", "audit.gap")["events"]]
        if gaps:
            expect(text in gaps[-1], f"the gap is {gaps[-1]}")
            return
        time.sleep(0.25)
    raise AssertionError("the trail says nothing of the gap")


def full_disk():
    """I14: no code is taken that cannot be written down; a key is, and comes to no login."""
    with open("/etc/pam.d/locker", "a") as file:
        file.write("session required pam_permit.so\nsession optional pam_fob.so\n")
    run("systemctl", "stop", "fobd.service", "fobd.socket")
    sh("""truncate -s 24M /root/small; mkfs.ext4 -q -b 1024 -m 0 /root/small; mkdir -p /mnt/small
          mount -o loop /root/small /mnt/small; cp -a /var/lib/fob/. /mnt/small/; chmod 700 /mnt/small; chown fob: /mnt/small
          umount /mnt/small; mount -o loop /root/small /var/lib/fob""")
    # Without the room that the log has kept for itself, and little more.
    store = sqlite3.connect("/var/lib/fob/fob.db")
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    sh("""chown fob: /var/lib/fob/fob.db*
          dd if=/dev/zero of=/var/lib/fob/filler bs=4k 2>/dev/null || true; truncate -s -256K /var/lib/fob/filler; sync""")
    try:
        fob.start()
        for _ in range(40):  # whatever room the log has of before is used up by then
            full = fob.attempt("enrol-code", "create", "dave")
            if full:
                break
        expect("stor" in full or "disk" in full, "the disk is full, and no word of it: " + full)
        step = int(time.time()) // 30
        if step <= fob.Codes.used.get("alice", 0):
            step = fob.Codes.used["alice"] + 1
        code = fob.code_at("alice", step)
        result, _, said = authenticate("sudo", "alice", ["alice", code])
        expect(result != 0, f"a code was good on a full disk: {said}")
        expect("not right" not in " ".join(said) and "too many" not in " ".join(said), f"refused for another reason: {said}")
        # A key needs no memory of the last time: it opens what an administrator has to mend.
        with Key("blue", touch="auto"):
            run("pamtester", "locker", "bob", "authenticate", "open_session")
            expect(not logins_at("locker", "bob"), f"a login that was not written down: {logins_at('locker', 'bob')}")
            lines = run("journalctl", "-u", "fobd.service", "-b", "-o", "cat")
            expect("admitted by key while the store cannot be written: user=bob service=locker" in lines, "no word of it in the journal")
            os.unlink("/var/lib/fob/filler")
            await_gap("admitted=1")
            # With room it is one.
            run("pamtester", "locker", "bob", "authenticate", "open_session")
            expect(len(logins_at("locker", "bob")) == 1, f"no login, and the disk has room: {logins_at('locker', 'bob')}")
        result, _, said = authenticate("sudo", "alice", ["alice", code])
        expect(result == 0, f"the code that was not used is no good once there is room again: {said}")
        fob.Codes.used["alice"] = step
    finally:
        run("systemctl", "stop", "fobd.service", "fobd.socket")
        sh("umount /var/lib/fob")
        fob.start()


USED = "/root/used-code"


def code_before_reboot():
    run("fobctl", "otp", "remove", "phone", "--user", "alice")
    fob.Codes.used.clear()
    fob.enrol_otp("alice", "slow", period=60)
    code = fob.Codes.next("alice", 60)
    result, _, said = authenticate("sudo", "alice", ["alice", code])
    expect(result == 0, f"the code is no good: {said}")
    with open(USED, "w") as file:
        file.write(f"{fob.Codes.used['alice']} {code}")
        file.flush()
        os.fsync(file.fileno())
    raise Reboot


def code_after_reboot():
    step, code = open(USED).read().split()
    expect(abs(int(time.time()) // 60 - int(step)) <= 1, "the boot took so long that the code has expired")
    expect(fob.status_of("fobd.service")["ActiveState"] == "active", "fobd was not started at boot")
    result, _, said = authenticate("sudo", "alice", ["alice", code])
    expect(result != 0, f"the code of before the boot was good again: {said}")
    run("fobctl", "user", "unlock", "alice")
    fob.Codes.used["alice"] = int(step)
    result, _, said = authenticate("sudo", "alice", ["alice", fob.Codes.next("alice", 60)])
    expect(result == 0, f"the next code is no good: {said}")
    # Logins wait for it.
    order = run("systemctl", "show", "-p", "Before", "fobd.service")
    for unit in ("systemd-user-sessions.service", "ssh.service"):
        expect(unit in order, f"fobd does not start before {unit}: {order}")
