"""Programs that talk to a person, as sudo, ssh and login do."""
import pexpect

import shell


class Terminal:
    """A program on a pseudo-terminal. `sees` waits for a text, and fails with all that was shown instead."""

    def __init__(self, *words, user=None, timeout=30, env=None):
        command = list(words)
        if user is not None:
            command = ["runuser", "-u", user, "--", *command]
        self.child = pexpect.spawn(command[0], command[1:], timeout=timeout, encoding="utf-8", codec_errors="replace",
                                   echo=False, env=env, dimensions=(24, 200))
        self.shown = ""

    def sees(self, *texts, timeout=None):
        """Which of the texts came first."""
        try:
            index = self.child.expect_exact(list(texts), timeout=timeout if timeout is not None else self.child.timeout)
        except (pexpect.TIMEOUT, pexpect.EOF) as failed:
            self.shown += self.child.before or ""
            raise AssertionError(f"waited for {texts}, {type(failed).__name__}; shown: {self.shown!r}") from None
        self.shown += (self.child.before or "") + self.child.after
        return index

    def types(self, line):
        self.child.sendline(line)

    def ends(self, status=0, timeout=None):
        """Waits for its end, and returns all that it showed."""
        try:
            self.child.expect(pexpect.EOF, timeout=timeout if timeout is not None else self.child.timeout)
        except pexpect.TIMEOUT:
            self.shown += self.child.before or ""
            raise AssertionError(f"does not end; shown: {self.shown!r}") from None
        self.shown += self.child.before or ""
        self.child.close()
        got = self.child.exitstatus if self.child.exitstatus is not None else -self.child.signalstatus
        if status is not None:
            shell.expect(got == status, f"exit status {got}, not {status}; shown: {self.shown!r}")
        return self.shown

    def close(self):
        self.child.close(force=True)


def sudo(user, *command, password=True, timeout=30):
    """sudo by `user`, whose password is typed where it is asked for."""
    terminal = Terminal("sudo", "-k", *command, user=user, timeout=timeout)
    if password:
        terminal.sees("password for " + user)
        terminal.types(user)
    return terminal
