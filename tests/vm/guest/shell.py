"""Commands on the guest, and what they must answer."""
import subprocess


class Reboot(BaseException):
    """A scene's wish: the next one of its group runs after it."""


def run(*words, user=None, stdin=None, status=0, timeout=60, env=None, errors=True):
    """Runs a command, demands its exit status (None: any), and returns what it printed, on both channels unless told otherwise."""
    command = list(words)
    if user is not None:
        command = ["runuser", "-u", user, "--", *command]
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT if errors else subprocess.PIPE, timeout=timeout, env=env, stdin=None if stdin is not None else subprocess.DEVNULL)
    if status is not None and done.returncode != status:
        raise AssertionError(f"{' '.join(command)}: exit status {done.returncode}, not {status}: {done.stdout}{done.stderr or ''}")
    return done.stdout


def sh(script, **more):
    return run("sh", "-ec", script, **more)


def expect(condition, what):
    """What a scene demands."""
    if not condition:
        raise AssertionError(what)


def figure(name, text):
    print(f"@@ figure {name} {text}", flush=True)
