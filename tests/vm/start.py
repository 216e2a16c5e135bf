"""In the guest's image: waits at the serial line for what to run, `GROUP SCENE,...|- SECONDS RANDOM`.

The image has the memory of a guest that waits here, and each guest of the suite goes on from it: hence the time, and
something that no other guest has. After a reboot it asks again.
"""
import os
import subprocess
import sys


def main():
    subprocess.run(["systemctl", "is-system-running", "--wait"], stdout=subprocess.DEVNULL, check=False)
    words = []
    while len(words) != 4:
        print("@@ ready", flush=True)
        words = sys.stdin.readline().split()
    group, only, seconds, random = words
    subprocess.run(["date", "--set", "@" + seconds], stdout=subprocess.DEVNULL, check=True)
    with open("/dev/urandom", "w") as file:
        file.write(random)
    subprocess.run(["mount", "-t", "9p", "-o", "trans=virtio,ro,msize=262144,cache=loose", "fob", "/fob"], check=True)
    os.execv(sys.executable, [sys.executable, "-u", "/fob/guest/run.py", group, only])


main()
