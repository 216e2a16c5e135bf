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


def pam_u2f_beside_ours():
    """The same key, enrolled by pamu2fcfg and by fobctl, logs in through both modules."""
    # pamu2fcfg 1.1.0 takes no self attestation.
    with Key("blue", "--attestation", "batch", touch="auto") as key:
        line = run("pamu2fcfg", "-o", "pam://fob-guest", "-i", "pam://fob-guest", "-u", "bob").strip().splitlines()[-1]
        with open("/etc/u2f_mappings", "w") as file:
            file.write(line + "\n")
        with open("/etc/pam.d/bench-u2f", "w") as file:
            file.write("auth required pam_u2f.so authfile=/etc/u2f_mappings origin=pam://fob-guest appid=pam://fob-guest cue\n"
                       "account required pam_permit.so\n")
        for service in ("bench-u2f", "bench-fob"):
            result, _, said = authenticate(service, "bob")
            expect(result == 0, f"{service}: {result} {said}")
        # Ours does not go by the credential of the other one.
        run("fobctl", "key", "test", "blue", "--user", "bob", status=None)
        key.says("status")
