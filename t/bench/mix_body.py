"""mix_body.py - the same events as each protocol's clients send them, for the load
generator (load_mix.h). Not compressed: what is measured is the door."""
import json

UUID = "@UUID@" + "-" * 30
TIME = "@TIME@" + "-" * 18
USER = "@USER@"
HEX = "@HEX@" + "-" * 11
MS = "@MS@" + "-" * 9
NS = "@NS@" + "-" * 15
NAMES = ("screen_view", "tap", "search", "purchase", "sign_up")
SCREENS = ("Home", "Cart", "Profile", "Settings")


def props(i):
    return {"screen": SCREENS[i % 4], "referrer": "push_notification", "position": i}


def ours(key, n):
    events = [{"type": "event", "event_id": UUID, "name": NAMES[i % 5], "timestamp": TIME,
               "session_id": "sess_%s%d" % (USER, i % 3), "properties": props(i)}
              for i in range(n)]
    return "/api/v1/ingest/batch", "Authorization: Bearer " + key, {
        "schema_version": "1.0", "sent_at": TIME, "environment": "prod",
        "app": {"bundle_id": "com.example.bench", "version_name": "2.3.1", "build_number": "231"},
        "device": {"device_id": "device-" + USER, "platform": "android", "os_version": "14",
                   "model": "Pixel 8", "locale": "de_DE"},
        "user": {"anonymous_id": "anon-" + USER, "user_id": "user-" + USER}, "events": events}


def segment(key, n):
    context = {"app": {"namespace": "com.example.bench", "version": "2.3.1", "build": "231"},
               "device": {"id": "device-" + USER, "model": "Pixel 8"},
               "os": {"name": "Android", "version": "14"}, "locale": "de-DE",
               "library": {"name": "@segment/analytics-node", "version": "3.1.0"}}
    batch = [{"type": "track", "messageId": UUID, "userId": "user-" + USER,
              "anonymousId": "anon-" + USER, "event": NAMES[i % 5], "timestamp": TIME,
              "properties": props(i), "context": context} for i in range(n)]
    return "/v1/batch", "", {"writeKey": key, "batch": batch, "sentAt": TIME}


def amplitude(key, n):
    events = [{"user_id": "user-" + USER, "device_id": "device-" + USER, "session_id": int("1" * 13),
               "time": "=" + MS, "insert_id": UUID, "event_type": NAMES[i % 5],
               "event_properties": props(i), "platform": "Android", "os_version": "14",
               "device_model": "Pixel 8", "language": "de-DE", "app_version": "2.3.1",
               "library": "amplitude-ts-node/1.5.73"} for i in range(n)]
    return "/2/httpapi", "", {"api_key": key, "events": events, "client_upload_time": TIME}


def mixpanel(key, n):
    return "/track", "", [{"event": NAMES[i % 5], "properties": dict(
        props(i), token=key, distinct_id="user-" + USER, time="=" + MS, mp_lib="node",
        **{"$insert_id": UUID, "$device_id": "device-" + USER, "$os": "Android",
           "$os_version": "14", "$model": "Pixel 8", "$app_version_string": "2.3.1",
           "$lib_version": "0.24.0"})} for i in range(n)]


def aptabase(key, n):
    system = {"isDebug": False, "locale": "de-DE", "osName": "Android", "osVersion": "14",
              "appVersion": "2.3.1", "appBuildNumber": "231",
              "sdkVersion": "aptabase_flutter@0.4.1"}
    return "/api/v0/events", "App-Key: A-SH-" + key, [
        {"timestamp": TIME, "sessionId": "1771839900%s%02d" % (USER, i), "eventName": NAMES[i % 5],
         "systemProps": system, "props": dict(props(i), id=UUID)} for i in range(n)]


def posthog(key, n):
    return "/batch/", "", {"api_key": key, "sent_at": TIME, "batch": [
        {"event": NAMES[i % 5], "distinct_id": "user-" + USER, "uuid": UUID, "timestamp": TIME,
         "properties": dict(props(i), **{"$lib": "posthog-node", "$lib_version": "5.70.0",
                                         "$os": "Android", "$os_version": "14",
                                         "$device_model": "Pixel 8", "$app_version": "2.3.1"})}
        for i in range(n)]}


def sentry(key, n):
    logs = [{"timestamp": TIME, "level": "info", "body": NAMES[i % 5],
             "trace_id": HEX + HEX, "attributes": {
                 k: {"value": x, "type": "integer" if isinstance(x, int) else "string"}
                 for k, x in props(i).items()}} for i in range(n)]
    head = {"sdk": {"name": "sentry.javascript.node", "version": "10.20.0"}, "sent_at": TIME}
    item = {"type": "log", "item_count": n, "content_type": "application/vnd.sentry.items.log+json"}
    return "/api/1/envelope/?sentry_version=7&sentry_key=" + key, "", [
        head, item, {"items": logs}]


def otlp(key, n):
    spans = [{"traceId": HEX + HEX, "spanId": HEX, "name": NAMES[i % 5], "kind": 1,
              "startTimeUnixNano": NS, "endTimeUnixNano": NS, "attributes": [
                  {"key": k, "value": {"intValue": x} if isinstance(x, int) else {"stringValue": x}}
                  for k, x in props(i).items()], "status": {"code": 1}} for i in range(n)]
    resource = {"service.name": "bench", "service.version": "2.3.1", "device.id": "device-" + USER}
    return "/v1/traces", "Authorization: Bearer " + key, {"resourceSpans": [{
        "resource": {"attributes": [{"key": k, "value": {"stringValue": x}}
                                    for k, x in resource.items()]},
        "scopeSpans": [{"scope": {"name": "bench"}, "spans": spans}]}]}


PROTOCOLS = (ours, segment, amplitude, mixpanel, aptabase, posthog, sentry, otlp)


def text(body):
    """As bytes; "=…" was a number. An envelope is lines."""
    lines = body if isinstance(body, list) and body and "sent_at" in body[0] else [body]
    out = "\n".join(json.dumps(x, separators=(",", ":")) for x in lines)
    return out.replace('"=%s"' % MS, MS).encode()


def write(path, key, events, protocols=PROTOCOLS):
    with open(path, "wb") as f:
        for protocol in protocols:
            where, header, body = protocol(key, events)
            body = text(body)
            f.write(("%s\t%s\t%d\n" % (where, header, len(body))).encode() + body + b"\n")
