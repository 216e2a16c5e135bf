"""Which scenes there are, in which guest they run, and in which order. Read by the guest and by tests/vm/run."""

# group -> [(scene, seconds that it may take)]. A scene is MODULE.FUNCTION of the folder `scenes`. Each group has a guest of
# its own, and the guests run at once. What a scene leaves behind, the next ones of its group find.
GROUPS = {
    "logins": [
        ("setup.install", 90),
        ("enrolling.by_root_and_by_the_user", 60),
        ("logins.sudo_with_touch", 30),
        ("logins.sudo_with_pin", 40),
        ("logins.wrong_pin_until_the_floor", 60),
        ("logins.ssh_with_code", 60),
        ("logins.ssh_from_elsewhere_wakes_no_key", 90),
        ("logins.console_login_has_a_session", 60),
        ("logins.insert_on_demand", 40),
        ("logins.unplug_in_the_middle", 40),
        ("logins.two_keys", 40),
        ("logins.two_logins_at_once", 60),
        ("logins.unenrolled_skip_and_deny", 40),
        ("callers.screen_locker", 40),
        ("callers.af_unix_only", 40),
        ("callers.ticket_and_token", 60),
    ],
    "host": [
        ("setup.upgrade", 120),
        ("setup.sandboxes", 40),
        ("conformance.fido2_tools", 90),
        ("conformance.pam_u2f_beside_ours", 60),
        ("bench.no_slower_than_pam_u2f", 120),
        ("faults.daemon_stopped_killed_restarted", 90),
        ("faults.reload", 40),
        ("faults.full_disk", 60),
        ("faults.code_before_reboot", 30),
        ("faults.code_after_reboot", 90),
        ("setup.removal", 90),
    ],
}
