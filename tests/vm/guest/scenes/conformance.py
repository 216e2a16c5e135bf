"""Programs of others with our key, and our programs with credentials of others."""
import os

import fob
from key import Key, await_device
from pam import authenticate
from shell import expect, run, sh


def fido2_tools():
    """Debian's fido2-tools find the key, make a credential and verify what it signs: the virtual key is honest."""
    with Key("tools", touch="auto", pin="1234"):
        device = await_device()
        expect(device in run("fido2-token", "-L"), "fido2-token does not list " + device)
        info = run("fido2-token", "-I", device)
        expect("FIDO_2_1" in info or "FIDO_2_0" in info, info)
        os.makedirs("/root/tools", exist_ok=True)
        sh(f"""cd /root/tools
               head -c 32 /dev/urandom | base64 >challenge
               {{ cat challenge; echo tools.example.org; echo alice; head -c 16 /dev/urandom | base64; }} >cred.in
               fido2-cred -M -i cred.in {device} >cred.out
               fido2-cred -V -i cred.out -o cred.pub
               {{ cat challenge; echo tools.example.org; head -n 1 cred.pub; }} >assert.in
               fido2-assert -G -i assert.in {device} >assert.out
               tail -n +2 cred.pub >key.pem
               fido2-assert -V -p -i assert.out key.pem es256""")
        # What those tools made, our own verification takes; and nothing else in its place.
        made = sh("/fob/bin/fido-files credential </root/tools/cred.out").split()
        good = run("/fob/bin/fido-files", "assertion", *made, stdin=sh("cat /root/tools/assert.out"))
        expect(made[0] == "ES256" and good.startswith("good, counter"), f"{made} {good}")
        sh("cd /root/tools; fido2-assert -G -i assert.in " + device + " >second.out; { head -n 3 assert.out; tail -n +4 second.out; } >mixed.out")
        said = run("/fob/bin/fido-files", "assertion", *made, stdin=sh("cat /root/tools/mixed.out"), status=1)
        expect("fido-files: " in said, "another signature was good: " + said)


def pam_u2f_beside_ours():
    """The same key, enrolled by pamu2fcfg and by fobctl, logs in through both modules."""
    # pamu2fcfg 1.1.0 takes no self attestation.
    with Key("blue", "--attestation", "batch", touch="auto"):
        line = run("pamu2fcfg", "-o", "pam://fob-guest", "-i", "pam://fob-guest", "-u", "bob").strip().splitlines()[-1]
        with open("/etc/u2f_mappings", "w") as file:
            file.write(line + "\n")
        with open("/etc/pam.d/bench-u2f", "w") as file:
            file.write("auth required pam_u2f.so authfile=/etc/u2f_mappings origin=pam://fob-guest appid=pam://fob-guest cue\n"
                       "account required pam_permit.so\n")
        for service in ("bench-u2f", "bench-fob"):
            result, _, said = authenticate(service, "bob")
            expect(result == 0, f"{service}: {result} {said}")
        # Each goes by its own credential: without theirs, pam_u2f knows nobody, and ours finds its key as before.
        os.rename("/etc/u2f_mappings", "/etc/u2f_mappings.away")
        for service, good in (("bench-u2f", False), ("bench-fob", True)):
            result, _, said = authenticate(service, "bob")
            expect((result == 0) == good, f"{service} without the credential of pam_u2f: {result} {said}")
        os.rename("/etc/u2f_mappings.away", "/etc/u2f_mappings")
        run("fobctl", "key", "test", "blue", "--user", "bob")
