"""isolation.py - one row for each route: how its parameters are filled and
who may use it. A route without a row fails 70-isolation.py.

  "METHOD pattern": (who, {"fields": {…}, "query": {…}, "params": {…}})

who     the least role that gets in ("viewer" … "owner"), "user" (anybody
        signed in), "session" (also unverified), "system", "public", or
        "token" (its role counts too) and "key" (a read key will do as well)
fields  what a form needs to be taken; query: of the address. "$kind" stands
        for an id of that kind: of the tenant, of another, or of none
params  kinds of parameters that are not named like their kind
"""
T = "/t/{team}"
P = "/t/{team}/p/{project}/{env}"
A = "/api/v1/projects/{project_id}"


def _row(who, **more):
    return who, more


ROWS = {
    "GET " + T: _row("viewer"),
    "GET " + T + "/p/{project}": _row("viewer"),
    "GET " + P: _row("viewer"),
    "GET " + P + "/": _row("viewer"),
    "GET " + P + "/overview": _row("viewer"),
    "GET " + P + "/events": _row("viewer"),
    "GET " + P + "/events.csv": _row("analyst"),
    "GET " + P + "/events.ndjson": _row("analyst"),
    "GET " + P + "/sessions": _row("viewer"),
    "GET " + P + "/sessions.csv": _row("analyst"),
    "GET " + P + "/sessions.ndjson": _row("analyst"),
    "GET " + P + "/sessions/{session_id}": _row("viewer"),
    "GET " + P + "/performance": _row("viewer"),
    "GET " + P + "/performance.csv": _row("analyst"),
    "GET " + P + "/performance.ndjson": _row("analyst"),
    "GET " + P + "/releases.csv": _row("analyst"),
    "GET " + P + "/releases.ndjson": _row("analyst"),
    "GET " + P + "/releases": _row("viewer"),
    "GET " + P + "/crashes": _row("viewer"),
    "GET " + P + "/crashes.csv": _row("analyst"),
    "GET " + P + "/crashes.ndjson": _row("analyst"),
    "GET " + P + "/crashes/{group_id}": _row("viewer"),
    "GET " + P + "/crashes/{group_id}/samples.ndjson": _row("analyst"),
    "POST " + P + "/crashes/{group_id}/resolve": _row("analyst", fields={"how": "now"}),
    "POST " + P + "/crashes/{group_id}/ignore": _row("analyst", fields={"for": "7"}),
    "POST " + P + "/crashes/{group_id}/reopen": _row("analyst"),
    "POST " + P + "/crashes/{group_id}/assign": _row("analyst", fields={"user": "$user"}),
    "POST " + P + "/crashes/{group_id}/comment": _row("analyst", fields={"text": "x"}),
    "POST " + P + "/crashes/{group_id}/merge": _row("analyst", fields={"group": "$group_id"}),
    "POST " + P + "/crashes/{group_id}/unmerge": _row(
        "analyst", fields={"group": "$group_id"}),
    "POST " + P + "/crashes/{group_id}/split": _row("analyst"),
    "POST " + P + "/crashes/{group_id}/unsplit": _row("analyst"),
    "GET " + P + "/live": _row("viewer"),
    "GET " + P + "/persons": _row("viewer"),
    "GET " + P + "/persons.csv": _row("analyst"),
    "GET " + P + "/persons.ndjson": _row("analyst"),
    "GET " + P + "/persons/{person_id}": _row("viewer"),
    "GET " + P + "/onboarding": _row("viewer"),
    "GET " + P + "/settings": _row("viewer"),
    "POST " + P + "/settings/project": _row("admin", fields={"name": "x"}),
    "POST " + P + "/settings/time": _row("admin", fields={"timezone": "UTC"}),
    "POST " + P + "/settings/privacy": _row("admin", fields={"pii_mode": "deny"}),
    "POST " + P + "/settings/senders": _row("admin", fields={"origins": ""}),
    "GET " + P + "/settings/delete": _row("admin"),
    "POST " + P + "/settings/delete": _row("admin", fields={"name": "x"}),
    "GET " + P + "/keys": _row("viewer"),
    "POST " + P + "/keys": _row("admin", fields={"type": "read"}),
    "GET " + P + "/keys/{key}": _row("admin"),
    "POST " + P + "/keys/{key}/show": _row("analyst"),
    "POST " + P + "/keys/{key}/rotate": _row("admin", fields={"overlap": "0"}),
    "POST " + P + "/keys/{key}/limit": _row("admin", fields={"rate_limit": "10"}),
    "POST " + P + "/keys/{key}/revoke": _row("admin"),

    "GET " + T + "/projects": _row("viewer"),
    "GET " + T + "/projects/new": _row("admin"),
    "POST " + T + "/projects/new": _row("admin", fields={"name": ""}),
    "POST " + T + "/projects/{project}/restore": _row("admin"),
    "GET " + T + "/tokens": _row("viewer"),
    "POST " + T + "/tokens": _row("viewer", fields={"name": ""}),
    "GET " + T + "/tokens/{token}": _row("admin"),
    "POST " + T + "/tokens/{token}/revoke": _row("admin"),
    "GET " + T + "/members": _row("viewer"),
    "GET " + T + "/members/{user}": _row("admin"),
    "POST " + T + "/members/{user}/role": _row("admin", fields={"role": "viewer"}),
    "POST " + T + "/members/{user}/projects": _row(
        "admin", fields={"access": "some", "project": "$project_id"}),
    "POST " + T + "/members/{user}/remove": _row("admin"),
    "POST " + T + "/leave": _row("viewer"),
    "POST " + T + "/invitations": _row("admin", fields={"email": ""}),
    "POST " + T + "/invitations/{invitation}/resend": _row("admin"),
    "POST " + T + "/invitations/{invitation}/revoke": _row("admin"),
    "GET " + T + "/settings": _row("viewer"),
    "POST " + T + "/settings/name": _row("owner", fields={"name": ""}),
    "POST " + T + "/settings/two-factor": _row("owner", fields={"require": "0"}),
    "POST " + T + "/settings/transfer": _row("owner", fields={"user": "$user"}),
    "GET " + T + "/delete": _row("owner"),
    "POST " + T + "/delete": _row("owner", fields={"name": "x"}),
    "GET " + T + "/audit": _row("admin"),
    "GET " + T + "/audit.csv": _row("admin"),
    "GET " + T + "/audit.ndjson": _row("admin"),
    "GET " + T + "/clients": _row("admin"),
    "POST " + T + "/clients": _row("admin", fields={"name": ""}),
    "GET " + T + "/clients/{client}": _row("admin"),
    "POST " + T + "/clients/{client}/rotate": _row("admin"),
    "POST " + T + "/clients/{client}/revoke": _row("admin"),
    "GET /docs/definitions": _row("user"),
    "GET /account/apps": _row("user"),
    "POST /account/apps": _row("user", fields={"client": "$client"}),
    "POST /account/teams/{team}/restore": _row("user"),

    "GET /": _row("user"),
    "GET /avatars/{user}": _row("user"),
    "GET /account": _row("user"),
    "POST /account": _row("user", fields={"name": ""}),
    "GET /account/security": _row("user"),
    "GET /account/sessions": _row("user"),
    "POST /account/sessions/end": _row("user", fields={"session": "$session",
                                                       "id": "$session"}),
    "GET /account/data": _row("user"),
    "GET /account/delete": _row("user"),
    "GET /account/teams": _row("user"),
    "GET /account/email": _row("user"),
    "GET /account/two-factor": _row("user"),
    "GET /account/two-factor/codes": _row("user"),
    "GET /teams/new": _row("user"),
    "POST /teams/new": _row("user", fields={"name": ""}),

    "GET /system/audit": _row("system"),
    "GET /system/audit.csv": _row("system"),
    "GET /system/audit.ndjson": _row("system"),
    "GET /system/design": _row("system"),

    "GET /api/v1/projects": _row("token"),
    "POST /api/v1/projects": _row("token", fields={"name": ""}),
    "GET " + A + "/metrics/overview": _row("key", query={"env": "$env"}),
    "GET " + A + "/events": _row("key", query={"env": "$env"}),
    "GET " + A + "/symbols": _row("token"),
    "POST /api/v1/symbols": _row("token", query={"project": "$project_id"}),
    "GET " + A + "/events/{event_id}": _row("key", query={"env": "$env"}),
    "GET " + A + "/crashes": _row("key", query={"env": "$env"}),
    "GET " + A + "/crashes/{group_id}": _row("key", query={"env": "$env"}),
    "GET " + A + "/crashes/{group_id}/samples": _row("key", query={"env": "$env"}),
    "GET " + A + "/releases": _row("key", query={"env": "$env"}),
    "GET " + A + "/traces": _row("key", query={"env": "$env"}),
    "GET " + A + "/traces/names": _row("key", query={"env": "$env"}),
    "GET " + A + "/traces/detail": _row("key", query={"env": "$env", "name": "x"}),
    "GET " + A + "/traces/{trace_id}": _row("key", query={"env": "$env"}),
    "GET /api/v1/metrics": _row("token"),
    "GET " + A + "/sessions": _row("key", query={"env": "$env"}),
    "GET " + A + "/sessions/{session_id}": _row("token", query={"env": "$env"}),
    "GET " + A + "/persons": _row("token", query={"env": "$env"}),
    "GET " + A + "/persons/{person_id}": _row("token", query={"env": "$env"}),
    "GET /api/v1/ingest/batches/{batch_id}": _row("write_key"),
}

# Nothing of a tenant in the address, and each one's own test elsewhere: what
# they answer holds no marker (the sweep of GETs looks at all of them).
OWN_TESTS = {
    "51-accounts.py": (
        "GET /register", "POST /register", "GET /verify", "POST /verify",
        "POST /verify/resend", "GET /forgot", "POST /forgot", "GET /reset",
        "POST /reset", "POST /account/email", "POST /account/email/confirm",
        "POST /account/avatar", "POST /account/avatar/delete",
        "POST /account/password", "POST /account/sessions/end-others",
        "POST /account/data/file", "POST /account/delete"),
    "84-performance.py": ("GET /api/v1/metrics/{name}",),
    "52-mail.py": ("GET /system/outbox", "GET /system/outbox/{id}",
                   "GET /system/outbox/{id}/html"),
    "53-social.py": (
        "GET /auth/{provider}/redirect", "GET /auth/{provider}/callback",
        "GET /auth/{provider}/pending", "POST /auth/{provider}/link",
        "POST /auth/{provider}/unlink", "POST /auth/{provider}/confirm"),
    "54-two-factor.py": (
        "GET /login", "POST /login", "GET /confirm", "POST /confirm",
        "GET /two-factor", "POST /two-factor", "GET /two-factor/recovered",
        "POST /account/two-factor/on", "POST /account/two-factor/off",
        "POST /account/two-factor/codes",
        "POST /account/two-factor/codes.txt"),
    "55-teams.py": ("GET /invitations/{token}", "POST /invitations/{token}"),
    "56-oauth.py": (
        "POST /api/auth/register", "POST /api/auth/login",
        "POST /api/auth/refresh", "POST /api/auth/logout",
        "GET /oauth/authorize", "POST /oauth/authorize", "POST /oauth/token",
        "POST /oauth/revoke", "POST /oauth/introspect",
        "GET /.well-known/oauth-authorization-server",
        "GET /.well-known/jwks.json"),
    "71-abuse.py": ("POST /logout", "POST /theme"),
    # a write key names its environment; there is no other to ask for
    "25-door.py": (
        "POST /api/v1/ingest/batch", "POST /api/v1/ingest/validate",
        "GET /api/v1/ingest/config", "POST /api/v1/events",
        "POST /api/v1/events/batch"),
    "60-contract-dev.py": ("GET /api/openapi.json", "GET /livez",
                           "GET /readyz", "GET /metrics"),
}
