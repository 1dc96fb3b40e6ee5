"""accounts.py - users for tests that are browsers by hand (t/lib/browser.py):
addresses nobody has, accounts made by tidemarkctl, and signing in."""
from browser import Browser

PASSWORD = "three unrelated words"


class Accounts:
    def __init__(self, lab):
        self.lab, self.serial = lab, 0
        self.mark = "%d" % lab.rng.randrange(10 ** 9)

    def address(self, name):
        self.serial += 1
        return "%s%d-%s@example.org" % (name, self.serial, self.mark)

    def create(self, name, verified=True):
        """(address, id)"""
        email = self.address(name)
        made = self.lab.ctl("user", "create", "--email", email, "--password-stdin",
                            *(["--verified"] if verified else []),
                            data=(PASSWORD + "\n").encode())
        return email, made["id"]

    def signed_in(self, email, password=PASSWORD):
        b = Browser(self.lab.url)
        r = b.sign_in(email, password)
        assert r.status == 303, r.text
        return b
