"""The same key behind both modules."""
import statistics
import time

import fob
from key import Key
from pam import authenticate
from shell import expect, figure

ROUNDS = 9


def beside_pam_u2f():
    """From pam_start to pam_end, with a key that takes no time to be touched. People come one after the other."""
    with Key("blue", touch="auto"):
        took = {"bench-fob": [], "bench-u2f": []}
        for round_ in range(ROUNDS + 1):
            for service in took:
                time.sleep(2.5)  # until the worker that fobd keeps ready waits for its call
                fob.await_worker()
                result, seconds, said = authenticate(service, "bob")
                expect(result == 0, f"{service}: {result} {said}")
                if round_ > 0:
                    took[service].append(seconds)
        ours, theirs = (statistics.median(took[service]) for service in ("bench-fob", "bench-u2f"))
        # A figure: how loaded the machine is decides no scene.
        ratio = ours / theirs
        figure("key-login", f"pam_fob {ours * 1000:.0f} ms, pam_u2f {theirs * 1000:.0f} ms, ratio {ratio:.2f}, <= 1.00, "
               + ("ok" if ratio <= 1 else "short"))
