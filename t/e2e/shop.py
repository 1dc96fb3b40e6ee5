"""shop.py - a tenant made by tidemarkctl, with people signed in on its pages: an
owner, a system administrator, one project, its write key, the owner's token."""
import site_http as site


def person(lab, prefix, name, mark, *flags):
    """(mail address, pages of who is signed in)."""
    email = "%s-%s-%d@example.org" % (prefix, name, mark)
    site.account(lab, email, *flags)
    return email, site.signed_in(lab, email)


class Shop:
    SCOPES = "events:read,metrics:read,projects:read,projects:write"

    def __init__(self, lab, prefix):
        self.lab = lab
        self.mark = lab.rng.randrange(10 ** 9)
        self.owner_mail, self.owner = person(lab, prefix, "owner", self.mark)
        self.system_mail, self.system = person(lab, prefix, "system", self.mark,
                                               "--system-admin")
        self.team = lab.ctl("team", "create", "--name", "%s %d" % (prefix.title(), self.mark),
                            "--owner", self.owner_mail)
        self.slug = self.team["slug"]
        self.t = "/t/" + self.slug
        self.p = self.t + "/p/shop/prod"
        made = lab.ctl("project", "create", "--team", self.slug, "--name", "Shop")
        self.project = made["id"]
        self.env = [int(e["id"]) for e in made["environments"] if e["name"] == "prod"][0]
        self.api = "/api/v1/projects/%s" % self.project
        self.key = self.new_key("write")
        self.token = lab.ctl("token", "create", "--user", self.owner_mail, "--team", self.slug,
                             "--scopes", self.SCOPES)["token"]

    def new_key(self, kind):
        return self.lab.ctl("key", "create", "--project", self.project, "--env", "prod",
                            "--type", kind)["token"]
