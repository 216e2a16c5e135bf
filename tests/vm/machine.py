"""The guests' machine, under QEMU's software emulation, and the memory of one that has booted."""
import json
import os
import socket
import subprocess
import time

BOOT_LIMIT = 240  # seconds
# Without what is slow to emulate: five levels of page tables, and vectors of 256 bits, which the C library would prefer.
CPU = "max,-la57,-avx,-avx2"


def start(folder, share, work, *more, snapshot=True):
    """A guest of the image in `folder` that sees `share`; its serial line is at stdin and stdout. `more` are options of QEMU."""
    return subprocess.Popen(
        ["qemu-system-x86_64", "-accel", "tcg,thread=multi,tb-size=256", "-smp", "2", "-cpu", CPU, "-m", "768", "-nodefaults",
         "-display", "none", "-nic", "none", "-serial", "stdio", "-device", "virtio-rng-pci",
         "-kernel", os.path.join(folder, "vmlinuz"), "-initrd", os.path.join(folder, "initrd"),
         "-append", "console=ttyS0 quiet panic=-1 mitigations=off systemd.show_status=no",
         # Writes stay until the process ends, over reboots of the guest.
         "-drive", f"file={os.path.join(folder, 'root.ext4')},if=virtio,format=raw,cache=unsafe,snapshot={'on' if snapshot else 'off'}",
         "-virtfs", f"local,path={share},mount_tag=fob,security_model=none,readonly=on", *more],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "TMPDIR": work})


def resume(folder):
    """Options by which a guest goes on from the memory that `boot` kept."""
    return "-incoming", f"exec:cat '{folder}/memory'"


def boot(folder, work, log):
    """Boots the image in `folder` until it asks what to run, and keeps its memory beside its disk."""
    control = os.path.join(work, "qmp")
    guest = start(folder, folder, work, "-qmp", f"unix:{control},server=on,wait=off", snapshot=False)
    end = time.monotonic() + BOOT_LIMIT
    try:
        os.set_blocking(guest.stdout.fileno(), False)
        said = b""
        while b"@@ ready" not in said:
            if guest.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the guest did not boot")
            said += guest.stdout.read() or b""
            time.sleep(0.1)
        log.write(said.decode(errors="replace"))
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(BOOT_LIMIT)
            connection.connect(control)
            lines = connection.makefile()

            def ask(command, **arguments):
                connection.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
                for line in lines:
                    answer = json.loads(line)
                    if "error" in answer:
                        raise RuntimeError(f"{command}: {answer}")
                    if "return" in answer:
                        return answer["return"]
                raise RuntimeError(command + ": no answer")

            ask("qmp_capabilities")
            ask("migrate-set-parameters", **{"max-bandwidth": 1 << 34, "downtime-limit": 20000})
            ask("migrate", uri=f"exec:cat >'{folder}/memory'")
            while (state := ask("query-migrate").get("status")) != "completed":
                if state == "failed" or time.monotonic() > end:
                    raise RuntimeError(f"the guest's memory was not kept: {state}")
                time.sleep(0.2)
    finally:
        guest.kill()
        guest.wait()
