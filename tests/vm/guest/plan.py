"""Which scenes there are, in which guest they run, and in which order. Read by the guest and by tests/vm/run."""

# group -> [(scene, seconds that it may take)]. A scene is MODULE.FUNCTION of the folder `scenes`. Each group has a guest of
# its own, and the guests run at once. What a scene leaves behind, the next ones of its group find.
GROUPS = {
    "logins": [
        ("setup.install", 180),
        ("enrolling.by_root_and_by_the_user", 120),
        ("logins.sudo_with_touch", 60),
        ("logins.sudo_with_pin", 80),
        ("logins.wrong_pin_until_the_floor", 120),
        ("logins.each_trouble_has_its_words", 80),
        ("logins.ssh_with_code", 120),
        ("logins.ssh_from_elsewhere_wakes_no_key", 180),
        ("logins.console_login_has_a_session", 120),
        ("logins.insert_on_demand", 80),
        ("logins.unplug_in_the_middle", 80),
        ("logins.two_keys", 80),
        ("logins.two_logins_at_once", 120),
        ("logins.unenrolled_skip_and_deny", 80),
        ("callers.screen_locker", 80),
        ("callers.af_unix_only", 80),
        ("callers.says_nothing_by_itself", 80),
        ("callers.ticket_and_token", 120),
        ("web.sign_in_by_password_and_code", 120),
    ],
    "host": [
        ("setup.upgrade", 320),
        ("setup.sandboxes", 80),
        ("conformance.fido2_tools", 180),
        ("conformance.pam_u2f_beside_ours", 120),
        ("bench.beside_pam_u2f", 240),
        ("faults.daemon_stopped_killed_restarted", 180),
        ("faults.hangs", 90),
        ("faults.reload", 80),
        ("faults.renamed_host", 120),
        ("faults.unreadable_is_not_unenrolled", 120),
        ("faults.full_disk", 120),
        ("faults.code_before_reboot", 60),
        ("faults.code_after_reboot", 180),
        ("setup.removal", 180),
    ],
}
