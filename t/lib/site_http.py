"""A reader of our pages without a browser: cookies, redirects, and forms with
what they hold, as a browser without JavaScript would send them."""
import html.parser
import http.client
import urllib.parse


PASSWORD = "correct horse battery"


def account(lab, email, *flags):
    """A user who can sign in with PASSWORD; flags of `user create`."""
    lab.ctl("user", "create", "--email", email, "--verified", "--password-stdin",
            *flags, data=(PASSWORD + "\n").encode())
    return email


def signed_in(lab, email):
    site = Site(lab.url)
    site.sign_in(email, PASSWORD)
    return site


class Form:
    def __init__(self, action, method):
        self.action = action
        self.method = method
        self.fields = []      # (name, value) that would be sent
        self.kinds = {}       # name -> type of the control
        self.options = {}     # name -> values of a select or radio group


class _Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.forms, self.form = [], None
        self.text, self.hold, self.skip = [], None, 0
        self.ids = {}         # id -> text inside
        self.open = []
        self.select = None

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        void = tag in ("input", "br", "meta", "link", "img", "hr")
        if not void:
            self.open.append((tag, a.get("id")))
            if a.get("id"):
                self.ids.setdefault(a["id"], "")
        if tag == "form":
            self.form = Form(a.get("action"), a.get("method", "get"))
            self.forms.append(self.form)
        if self.form is None:
            return
        name = a.get("name")
        if tag == "input" and name:
            kind = a.get("type", "text")
            self.form.kinds[name] = kind
            if kind in ("radio", "checkbox"):
                self.form.options.setdefault(name, []).append(
                    a.get("value", "on"))
                if "checked" not in a:
                    return
            if kind != "file":
                self.form.fields.append((name, a.get("value", "")))
        elif tag == "select":
            self.select = name
            self.form.kinds[name] = "select"
        elif tag == "option" and self.select:
            known = self.form.options.setdefault(self.select, [])
            known.append(a.get("value", ""))
            if "selected" in a or len(known) == 1:
                self.form.fields = [f for f in self.form.fields
                                    if f[0] != self.select]
                self.form.fields.append((self.select, a.get("value", "")))
        elif tag == "textarea":
            self.hold = (name, [])
            self.form.kinds[name] = "textarea"

    def handle_endtag(self, tag):
        while self.open and self.open[-1][0] != tag:
            self.open.pop()
        if self.open:
            self.open.pop()
        if tag == "textarea" and self.hold:
            self.form.fields.append((self.hold[0],
                                     "".join(self.hold[1]).lstrip("\n")))
            self.hold = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.form = None

    def handle_data(self, data):
        if self.hold:
            self.hold[1].append(data)
        if self.open and self.open[-1][0] in ("script", "style"):
            return
        self.text.append(data)
        for _, key in self.open:
            if key:
                self.ids[key] += data


class Page:
    def __init__(self, status, headers, body, path):
        self.status, self.headers, self.path = status, headers, path
        self.body = body
        self.html = body.decode("utf-8", "replace")
        reader = _Reader()
        if "html" in headers.get("content-type", ""):
            reader.feed(self.html)
        self.forms, self.ids = reader.forms, reader.ids
        self.text = " ".join("".join(reader.text).split())

    def form(self, action):
        """The form whose action ends so."""
        for form in self.forms:
            if (form.action or "").split("?")[0].endswith(action):
                return form
        raise AssertionError("no form %s on %s (%d), there are %s: %s" % (
            action, self.path, self.status, [f.action for f in self.forms],
            self.text[:600]))

    def has_form(self, action):
        return any((f.action or "").split("?")[0].endswith(action)
                   for f in self.forms)


class Site:
    """One browser: a cookie jar and the address of the stack."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        part = urllib.parse.urlsplit(self.url)
        self.host = part.netloc
        self.cookies = {}

    def request(self, method, path, fields=None, headers=()):
        """One request, no redirect followed. fields: pairs of a form."""
        c = http.client.HTTPConnection(self.host, timeout=60)
        head = {"Host": self.host, "User-Agent": "Site/1.0 (test)"}
        if self.cookies:
            head["Cookie"] = "; ".join("%s=%s" % kv
                                       for kv in self.cookies.items())
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields).encode()
            head["Content-Type"] = "application/x-www-form-urlencoded"
            head["Origin"] = self.url
        head.update(dict(headers))
        c.request(method, path, body, head)
        r = c.getresponse()
        text = r.read()
        found = {}
        for name, value in r.getheaders():
            if name.lower() == "set-cookie":
                self._keep(value)
            found[name.lower()] = value
        c.close()
        return Page(r.status, found, text, path)

    def _keep(self, line):
        pair, _, rest = line.partition(";")
        name, _, value = pair.partition("=")
        if "max-age=0" in rest.lower().replace(" ", ""):
            self.cookies.pop(name.strip(), None)
        else:
            self.cookies[name.strip()] = value.strip()

    def follow(self, page):
        for _ in range(6):
            if page.status not in (302, 303):
                break
            to = urllib.parse.urljoin(self.url + page.path,
                                      page.headers["location"])
            part = urllib.parse.urlsplit(to)
            if part.netloc != self.host:
                break
            page = self.request("GET", part.path +
                                ("?" + part.query if part.query else ""))
        return page

    def get(self, path):
        return self.follow(self.request("GET", path))

    def submit(self, page, action, follow=True, **values):
        """Send a form of the page as it is, but for these values: None takes
        a field away, a list sends it several times."""
        form = page.form(action)
        fields = [f for f in form.fields if f[0] not in values]
        for name, value in values.items():
            if isinstance(value, (list, tuple)):
                fields += [(name, v) for v in value]
            elif value is not None:
                fields.append((name, value))
        sent = self.request("POST", form.action, fields)
        return self.follow(sent) if follow else sent

    def sign_in(self, email, password):
        page = self.submit(self.get("/login"), "/login", email=email,
                           password=password)
        if "/login" in page.path or page.status != 200:
            raise AssertionError("not signed in: %d %s %s" % (
                page.status, page.path, page.text[:300]))
        return page
