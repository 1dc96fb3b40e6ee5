"""openapi.py - answers held against static/openapi.json.

The part of JSON Schema that the file uses, and strict: a key that the schema
does not name is a fault of the file, and so is a keyword that is not known
here. Doc(parsed file).faults(...) returns a list of "path: what", empty when
the answer is as described.
"""
import datetime
import re
import uuid

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool,
         "null": type(None)}
# said of a schema, checked nowhere
ABOUT = {"description", "default", "example", "deprecated", "title"}
DATE = re.compile(r"\d{4}-\d\d-\d\d")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


def is_type(name, value):
    if name in ("integer", "number"):
        return not isinstance(value, bool) and (
            isinstance(value, int) or (name == "number"
                                       and isinstance(value, float)))
    return isinstance(value, TYPES[name])


def is_uuid(text):
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def is_date(text):
    try:
        return bool(DATE.fullmatch(text) and datetime.date.fromisoformat(text))
    except ValueError:
        return False


FORMATS = {"date": is_date, "uuid": is_uuid, "binary": lambda s: True,
           "date-time": lambda s: bool(TIME.fullmatch(s)) and is_date(s[:10]),
           "uri": lambda s: bool(re.match(r"[a-z][a-z0-9+.-]*:", s))}


class Doc:
    def __init__(self, doc):
        self.doc = doc

    def follow(self, node):
        """The schema or response that a $ref leads to."""
        while "$ref" in node:
            at = self.doc
            for part in node["$ref"].lstrip("#/").split("/"):
                at = at[part]
            node = at
        return node

    def response(self, path, method, status):
        """The response object; None when it is not listed."""
        listed = self.doc["paths"][path][method]["responses"]
        found = listed.get(str(status)) or listed.get("default")
        return found and self.follow(found)

    def faults(self, schema, value, at="body"):
        found = list(self._faults(schema, value, at))
        return found + list(self._strangers([schema], value, at))

    def _faults(self, schema, value, at):
        schema = self.follow(schema)
        for word, rule in schema.items():
            if word in ABOUT:
                continue
            check = getattr(self, "_" + word, None)
            if check is None:
                yield "%s: the schema's %s is not known to this check" % (at, word)
            else:
                yield from check(rule, value, at)

    def _type(self, rule, value, at):
        names = [rule] if isinstance(rule, str) else rule
        if not any(is_type(n, value) for n in names):
            yield "%s: %r is no %s" % (at, value, " or ".join(names))

    def _properties(self, rule, value, at):
        if isinstance(value, dict):
            for key in set(rule) & set(value):
                yield from self._faults(rule[key], value[key], at + "." + key)

    def _required(self, rule, value, at):
        if isinstance(value, dict):
            for key in set(rule) - set(value):
                yield "%s: %s is missing" % (at, key)

    def _items(self, rule, value, at):
        if isinstance(value, list):
            for i, one in enumerate(value):
                yield from self._faults(rule, one, "%s.%d" % (at, i))

    def _additionalProperties(self, rule, value, at):
        if isinstance(value, dict) and isinstance(rule, dict):
            for key, one in value.items():
                yield from self._faults(rule, one, at + "." + key)

    def _enum(self, rule, value, at):
        if value not in rule:
            yield "%s: %r is none of %s" % (at, value, rule)

    def _const(self, rule, value, at):
        if value != rule:
            yield "%s: %r is not %r" % (at, value, rule)

    def _format(self, rule, value, at):
        if rule not in FORMATS:
            yield "%s: the format %s is not known to this check" % (at, rule)
        elif isinstance(value, str) and not FORMATS[rule](value):
            yield "%s: %r is no %s" % (at, value, rule)

    def _minimum(self, rule, value, at):
        if is_type("number", value) and value < rule:
            yield "%s: %r is below %r" % (at, value, rule)

    def _maximum(self, rule, value, at):
        if is_type("number", value) and value > rule:
            yield "%s: %r is above %r" % (at, value, rule)

    def _maxItems(self, rule, value, at):
        if isinstance(value, list) and len(value) > rule:
            yield "%s: more than %d items" % (at, rule)

    def _pattern(self, rule, value, at):
        if isinstance(value, str) and not re.search(rule, value):
            yield "%s: %r is not like %s" % (at, value, rule)

    def _allOf(self, rule, value, at):
        for part in rule:
            yield from self._faults(part, value, at)

    def _oneOf(self, rule, value, at):
        wrong = [list(self._faults(part, value, at)) for part in rule]
        if sum(not w for w in wrong) != 1:
            yield "%s: fits %d of oneOf: %s" % (
                at, sum(not w for w in wrong), min(wrong, key=len))

    def _strangers(self, schemas, value, at):
        """Keys of the value that none of the schemas names."""
        flat = []
        while schemas:
            s = self.follow(schemas.pop())
            flat.append(s)
            schemas += s.get("allOf", []) + [
                o for o in s.get("oneOf", [])
                if not list(self._faults(o, value, at))]
        if isinstance(value, list):
            inner = [s["items"] for s in flat if "items" in s]
            for i, one in enumerate(value):
                if inner:
                    yield from self._strangers(list(inner), one,
                                               "%s.%d" % (at, i))
            return
        if not isinstance(value, dict) or not any(
                "properties" in s for s in flat):
            return
        free = any(s.get("additionalProperties", False) for s in flat)
        for key, one in value.items():
            inner = [s["properties"][key] for s in flat
                     if key in s.get("properties", {})]
            if inner:
                yield from self._strangers(inner, one, at + "." + key)
            elif not free:
                yield "%s: the file does not name %s" % (at, key)
