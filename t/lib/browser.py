"""browser.py - a browser for tests over HTTP: cookies, forms, redirects.

It keeps cookies as a browser does, sends Origin and Sec-Fetch-Site with forms,
and fills a form's hidden fields from the page. No script runs.
"""
import html
import http.client
import http.cookies
import re
import time
import urllib.parse
import uuid


class Reply:
    def __init__(self, status, headers, body, seconds):
        self.status, self.body, self.seconds = status, body, seconds
        self.headers = {k.lower(): v for k, v in headers.items()}
        self.set_cookies = headers.get_all("Set-Cookie") or []

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def location(self):
        return self.headers.get("location", "")


def forms(text):
    """Each form of a page: (action, {name: value})."""
    found = []
    for m in re.finditer(r"<form\b([^>]*)>(.*?)</form>", text, re.S):
        action = re.search(r'action="([^"]*)"', m.group(1))
        fields = {}
        for tag in re.findall(r"<input\b[^>]*>", m.group(2)):
            a = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
            if a.get("type") == "file" or (
                    a.get("type") in ("checkbox", "radio") and " checked" not in tag):
                continue
            if "name" in a:
                fields[a["name"]] = html.unescape(a.get("value", ""))
        found.append((html.unescape(action.group(1)) if action else "", fields))
    return found


class Browser:
    def __init__(self, url, agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
                 source=None):
        self.url = url
        self.base = urllib.parse.urlsplit(url)
        self.cookies = {}
        self.agent = agent
        self.source = source  # local address, "127.0.0.7"
        self.page = None  # the last reply

    def request(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection(self.base.hostname, self.base.port, timeout=60,
            source_address=(self.source, 0) if self.source else None)
        head = {"User-Agent": self.agent, "Accept": "text/html"}
        if self.cookies:
            head["Cookie"] = "; ".join("%s=%s" % c for c in self.cookies.items())
        head.update(dict(headers))
        begin = time.perf_counter()
        connection.request(method, path, body, head)
        r = connection.getresponse()
        data = r.read()
        seconds = time.perf_counter() - begin
        for value in r.headers.get_all("Set-Cookie") or []:
            jar = http.cookies.SimpleCookie(value)
            for name, morsel in jar.items():
                if morsel.value == "" or morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        connection.close()
        self.page = Reply(r.status, r.headers, data, seconds)
        return self.page

    def get(self, path, follow=True):
        r = self.request("GET", path)
        for _ in range(8):
            if not follow or r.status not in (302, 303, 307):
                break
            r = self.request("GET", r.location)
        return r

    def post(self, path, fields, follow=False, headers=()):
        head = {"Content-Type": "application/x-www-form-urlencoded",
                "Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        head.update(dict(headers))
        r = self.request("POST", path, urllib.parse.urlencode(fields), head)
        return self.get(r.location) if follow and r.status == 303 else r

    def upload(self, path, fields, name, filename, data, kind="image/png"):
        """One file by multipart/form-data."""
        mark = uuid.uuid4().hex
        parts = [b"--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                 % (mark.encode(), k.encode(), v.encode()) for k, v in fields.items()]
        parts.append(b"--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
                     b"Content-Type: %s\r\n\r\n%s\r\n--%s--\r\n"
                     % (mark.encode(), name.encode(), filename.encode(), kind.encode(), data,
                        mark.encode()))
        return self.request("POST", path, b"".join(parts), {
            "Content-Type": "multipart/form-data; boundary=" + mark,
            "Origin": self.url, "Sec-Fetch-Site": "same-origin"})

    def form(self, action):
        """The hidden and filled fields of the last page's form."""
        for where, fields in forms(self.page.text):
            if where == action:
                return fields
        raise AssertionError("no form %s among %s" % (
            action, [f[0] for f in forms(self.page.text)]))

    def submit(self, page, action, follow=False, **fields):
        """Open page, fill its form, send it; a question for the password
        (field confirm_password) is the caller's."""
        self.get(page)
        return self.post(action, dict(self.form(action), **fields), follow)

    def sign_in(self, email, password, **more):
        return self.post("/login", dict({"email": email, "password": password, "next": "/"},
                                        **more))

    @property
    def session(self):
        return self.cookies.get("__Host-tm_session") or self.cookies.get("tm_session")

    def signed_in(self):
        r = self.get("/account", follow=False)
        return r.status == 200
