"""The client: everything an app calls."""
from __future__ import annotations

import os
import sys
from typing import (Any, ContextManager, Dict, Iterable, List, Mapping, Optional, Union, overload)

from . import hooks
from .core import BeforeSend, Core, Item, Runtime
from .crash import (Fingerprint, already_recorded, breadcrumb, crash_fields, stack_of, type_name)
from .options import QUEUE_AGE_S, QUEUE_BYTES, Options
from .scope import Scope, Scopes
from .trace import Trace
from .values import ID_BYTES, clean, name_of, text_of

Props = Mapping[str, Any]
_OPERATIONS = 64


class Client:
    """Records what happens in a service and sends it to a Tidemark server.

    No call throws, waits for the network, or takes more than some
    microseconds; a thread of the client sends in batches and repeats until the
    server has answered. Use one client a process, from all its threads, and
    across forks: a child goes on with a queue, a thread and numbers of its own.

    write_key, endpoint:  of the environment, `tm_wk_…` and `https://host`; else
                          TIDEMARK_WRITE_KEY and TIDEMARK_ENDPOINT. Without
                          them nothing is recorded (one warning in the log).
    service, version,
    org_id:               sent in the context of each event; a version also
                          makes crashes count for a release.
    app, device:          {"id", "version", "build"} and {"id", "platform", "os",
                          "model", "locale"} of the batch; app follows from
                          service and version.
    spool:                a folder of this process alone. Then an item is in a
                          file before the call returns and survives a kill.
                          "…/{slot}": the first free of …/0, …/1, …, for the
                          workers of a server. Default: in memory.
    batch_size:           items of a request, 1 to 1000. Default 100.
    flush_interval:       seconds until the first waiting item is sent. Default 5.
    queue_bytes, queue_age: caps, beyond which the oldest go: 64 MiB, 604800 s.
    sample_events, sample_traces: the share of persons kept, 0.0 to 1.0.
    redact_keys:          keys whose values never leave the process, compared
                          without case at any depth.
    before_send:          gets each item as a dict and returns it, changed or
                          not, or None to throw it away. Called on the app's
                          thread.
    consent:              {"analytics", "crashes", "traces"}: bool. Default: all.
    gzip, fetch_config:   compress bodies; follow the server's sampling, flags
                          and kill switch. Default: both.
    ca_file:              certificates to trust instead of the system's.
    request_timeout, close_timeout: seconds; 30 and 2.
    uncaught:             record exceptions that end the process or a thread.
    handle_sigterm:       send what waits when SIGTERM would end the process.
    disabled:             do nothing at all, for tests.
    """

    def __init__(
        self,
        write_key: Optional[str] = None,
        endpoint: Optional[str] = None,
        *,
        service: Optional[str] = None,
        version: Optional[str] = None,
        org_id: Optional[str] = None,
        app: Optional[Mapping[str, str]] = None,
        device: Optional[Mapping[str, str]] = None,
        spool: Union[str, "os.PathLike[str]", None] = None,
        batch_size: int = 100,
        flush_interval: float = 5.0,
        queue_bytes: int = QUEUE_BYTES,
        queue_age: float = QUEUE_AGE_S,
        sample_events: float = 1.0,
        sample_traces: float = 1.0,
        redact_keys: Iterable[str] = (),
        before_send: Optional[BeforeSend] = None,
        consent: Optional[Mapping[str, bool]] = None,
        gzip: bool = True,
        fetch_config: bool = True,
        ca_file: Optional[str] = None,
        request_timeout: float = 30.0,
        close_timeout: float = 2.0,
        uncaught: bool = True,
        handle_sigterm: bool = False,
        disabled: bool = False,
        _runtime: Optional[Runtime] = None,
    ) -> None:
        self._options = Options(
            write_key=write_key, endpoint=endpoint, service=service, version=version,
            org_id=org_id, app=app, device=device, spool=spool, batch_size=batch_size,
            flush_interval=flush_interval, queue_bytes=queue_bytes, queue_age=queue_age,
            sample_events=sample_events, sample_traces=sample_traces, redact_keys=redact_keys,
            before_send=before_send, consent=consent, gzip=gzip, fetch_config=fetch_config,
            ca_file=ca_file, request_timeout=request_timeout, close_timeout=close_timeout,
            uncaught=uncaught, handle_sigterm=handle_sigterm, disabled=disabled)
        self._runtime = _runtime or Runtime()
        self._scopes = Scopes()
        self._core = Core(self._options, self._runtime)
        self._service = self._options.service
        self.catches_uncaught = self._options.uncaught
        self.close_timeout = self._options.close_timeout
        if not self._options.disabled and _runtime is None:
            hooks.adopt(self)
            if self._options.handle_sigterm:
                hooks.catch_sigterm()

    # events -------------------------------------------------------------
    @overload
    def track(self, name: str, props: Optional[Props] = None, *,
              namespace: Optional[str] = None, user_id: Optional[str] = None,
              anonymous_id: Optional[str] = None, session_id: Optional[str] = None,
              org_id: Optional[str] = None, timestamp_ms: Optional[int] = None) -> None: ...

    @overload
    def track(self, name: str, props: str, more: Optional[Props] = None, *,
              user_id: Optional[str] = None, anonymous_id: Optional[str] = None,
              session_id: Optional[str] = None, org_id: Optional[str] = None,
              timestamp_ms: Optional[int] = None) -> None: ...

    def track(self, name: str, props: Union[Props, str, None] = None,
              more: Optional[Props] = None, *, namespace: Optional[str] = None,
              user_id: Optional[str] = None, anonymous_id: Optional[str] = None,
              session_id: Optional[str] = None, org_id: Optional[str] = None,
              timestamp_ms: Optional[int] = None) -> None:
        """Record an event: track("signed_up", {"plan": "pro"}), or within a
        namespace track("billing", "usage_recorded", {"quantity": 1000}).

        name: 1 to 200 bytes. Who it belongs to: the arguments, else the scope
        (set_user). org_id overrides the organization of the scope.
        timestamp_ms: when it happened, milliseconds since 1970, if not now."""
        try:
            core = self._core
            if not core.active:
                return
            if isinstance(props, str):
                namespace, name, props = name, props, more
            fields: Item = {"name": name_of(name)}
            if namespace is not None and namespace != "product":
                fields["ns"] = name_of(namespace)
            subject = self._identity(fields, user_id, anonymous_id, session_id)
            if props:
                fields["props"] = clean(props, core.redact)
            context = self._context(org_id)
            if context:
                fields["context"] = context
            core.record("event", fields, subject, timestamp_ms)
        except Exception as e:
            self._failed(e)

    def screen(self, name: str, props: Optional[Props] = None, **who: Any) -> None:
        """Record that a screen or page was shown; **who as for track()."""
        try:
            merged = dict(props or {})
            merged["screen"] = name
            self.track("screen_view", merged, **who)
        except Exception as e:
            self._failed(e)

    def _identity(self, fields: Item, user_id: Optional[str], anonymous_id: Optional[str],
                  session_id: Optional[str] = None) -> str:
        """Whose an item is; returns the subject of sampling."""
        scope = self._scopes.current()
        if user_id is None and anonymous_id is None:
            user_id, anonymous_id = scope.user_id, scope.anonymous_id
        if session_id is None:
            session_id = scope.session_id
        if user_id:
            fields["user_id"] = user_id = name_of(user_id, ID_BYTES)
        if anonymous_id:
            fields["anonymous_id"] = anonymous_id = name_of(anonymous_id, ID_BYTES)
        if session_id:
            fields["session"] = name_of(session_id, ID_BYTES)
        return anonymous_id or user_id or ""

    def _context(self, org_id: Optional[str]) -> Dict[str, Any]:
        scope = self._scopes.current()
        if not scope.context and org_id is None:
            return self._service
        context = dict(self._service)
        context.update(scope.context)
        if org_id is not None:
            context["org_id"] = org_id
        return clean(context, self._core.redact)

    # persons ------------------------------------------------------------
    def identify(self, user_id: str, traits: Optional[Props] = None, *,
                 anonymous_id: Optional[str] = None) -> None:
        """Say that a person is this user; traits become user properties.
        anonymous_id: what the person did under it before is the user's."""
        def fields(core: Core) -> Item:
            item: Item = {}
            self._identity(item, user_id, anonymous_id)
            if traits:
                item["props"] = clean(traits, core.redact)
            return item
        self._simple("identify", fields)

    def alias(self, alias_id: str, *, user_id: Optional[str] = None) -> None:
        """Say that alias_id is the same person as user_id (or the scope's)."""
        def fields(core: Core) -> Item:
            item: Item = {}
            self._identity(item, user_id, None)
            item["alias"] = name_of(alias_id, ID_BYTES)
            return item
        self._simple("alias", fields)

    def set_user_properties(self, values: Props, *, user_id: Optional[str] = None,
                            anonymous_id: Optional[str] = None) -> None:
        """Set properties of a person, whatever they were; at most 64 a call."""
        self._operate("set", values, user_id, anonymous_id)

    def set_once(self, values: Props, *, user_id: Optional[str] = None,
                 anonymous_id: Optional[str] = None) -> None:
        """Set properties that the person does not have yet."""
        self._operate("set_once", values, user_id, anonymous_id)

    def increment(self, values: Mapping[str, float], *, user_id: Optional[str] = None,
                  anonymous_id: Optional[str] = None) -> None:
        """Add to properties; negative numbers subtract."""
        self._operate("increment", values, user_id, anonymous_id)

    def unset(self, keys: Iterable[str], *, user_id: Optional[str] = None,
              anonymous_id: Optional[str] = None) -> None:
        """Remove properties."""
        self._operate("unset", dict.fromkeys([keys] if isinstance(keys, str) else keys),
                      user_id, anonymous_id)

    def _operate(self, op: str, values: Props, user_id: Optional[str],
                 anonymous_id: Optional[str]) -> None:
        def fields(core: Core) -> Item:
            rows: List[Dict[str, Any]] = []
            for key, value in clean(values, core.redact).items():
                row = {"op": op, "key": key}
                if op != "unset":
                    row["value"] = value
                rows.append(row)
            item: Item = {}
            self._identity(item, user_id, anonymous_id)
            item["operations"] = rows[:_OPERATIONS]
            return item
        self._simple("user_properties", fields)

    def _simple(self, type_: str, fields: Any) -> None:
        try:
            core = self._core
            if core.active:
                core.record(type_, fields(core))
        except Exception as e:
            self._failed(e)

    # scope --------------------------------------------------------------
    def scope(self) -> ContextManager[Scope]:
        """`with client.scope():` what set_user, set_organization, set_context
        and breadcrumbs say inside is known inside only, by the coroutines of
        this task and the code of this thread. The middlewares open one for
        each request; outside of all there is one of the process."""
        return self._scopes.opened()

    def set_user(self, user_id: Optional[str], props: Optional[Props] = None, *,
                 anonymous_id: Optional[str] = None) -> None:
        """Whose the following items are. props: also identify() with them."""
        scope = self._scopes.current()
        scope.user_id = None if user_id is None else text_of(user_id)
        scope.anonymous_id = None if anonymous_id is None else text_of(anonymous_id)
        if user_id is not None and props:
            self.identify(user_id, props, anonymous_id=anonymous_id)

    def set_organization(self, org_id: Optional[str]) -> None:
        """Which organization the following events are about."""
        self.set_context({"org_id": org_id})

    def set_session(self, session_id: Optional[str]) -> None:
        """The session of a client app that the following items are part of."""
        self._scopes.current().session_id = None if session_id is None else text_of(session_id)

    def set_context(self, values: Props) -> None:
        """Keys for the context of the following events; None removes one."""
        try:
            scope = self._scopes.current()
            context = dict(scope.context)
            context.update(values)
            scope.context = {k: v for k, v in context.items() if v is not None}
        except Exception as e:
            self._failed(e)

    def breadcrumb(self, message: str, *, type: str = "log",
                   data: Optional[Dict[str, Any]] = None) -> None:
        """Something that a later crash will tell; the newest 100 are kept."""
        try:
            core = self._core
            if core.active:
                self._scopes.current().breadcrumbs.append(
                    breadcrumb(core.clock.now(), type, message, data, core.redact))
        except Exception as e:
            self._failed(e)

    # crashes ------------------------------------------------------------
    def capture_exception(self, exc: Optional[BaseException] = None, *, fatal: bool = False,
                          fingerprint: Fingerprint = None, props: Optional[Props] = None,
                          user_id: Optional[str] = None,
                          anonymous_id: Optional[str] = None) -> None:
        """Record an exception, by default the one being handled. The same
        object is recorded once. fatal: it ends the process; with a spool it is
        on disk when this returns. fingerprint: groups it, instead of its stack."""
        try:
            if exc is None:
                exc = sys.exc_info()[1]
            core = self._core
            if exc is None or not core.active or already_recorded(exc, fatal):
                return
            self.crash(type_name(type(exc)), text_of(exc), stack_of(exc), fatal=fatal,
                       fingerprint=fingerprint, props=props, user_id=user_id,
                       anonymous_id=anonymous_id)
        except Exception as e:
            self._failed(e)

    def crash(self, type: str, message: str, stacktrace: str = "", *, fatal: bool = False,
              fingerprint: Fingerprint = None, props: Optional[Props] = None,
              user_id: Optional[str] = None, anonymous_id: Optional[str] = None) -> None:
        """Record a crash that is no Python exception. message: 8 KiB,
        stacktrace: 256 KiB, in any form that a runtime prints."""
        try:
            core = self._core
            if not core.active:
                return
            fields: Item = {}
            self._identity(fields, user_id, anonymous_id)
            fields.update(crash_fields(text_of(type), text_of(message), text_of(stacktrace), fatal,
                                       fingerprint, self._scopes.current().trail()))
            if props:
                fields["props"] = clean(props, core.redact)
            core.record("crash", fields, held=fatal)
        except Exception as e:
            self._failed(e)

    # traces -------------------------------------------------------------
    def trace(self, name: str, duration_ms: float, props: Optional[Props] = None, *,
              trace_id: Optional[str] = None, user_id: Optional[str] = None,
              anonymous_id: Optional[str] = None, session_id: Optional[str] = None,
              timestamp_ms: Optional[int] = None) -> None:
        """Record how long something took, in milliseconds."""
        try:
            core = self._core
            if not core.active:
                return
            fields: Item = {"name": name_of(name), "duration_ms": max(0, duration_ms)}
            subject = self._identity(fields, user_id, anonymous_id, session_id)
            if trace_id:
                fields["trace_id"] = name_of(trace_id, ID_BYTES)
            if props:
                fields["props"] = clean(props, core.redact)
            core.record("trace", fields, subject, timestamp_ms)
        except Exception as e:
            self._failed(e)

    def start_trace(self, name: str, props: Optional[Props] = None) -> Trace:
        """A trace that ends with its stop(), or with the `with` block it is
        used for. Its time is when it began."""
        return Trace(self, self._core.clock, name, props)

    # switches -----------------------------------------------------------
    def enable(self) -> None:
        """Go on after disable()."""
        self._core.set_on(not self._options.disabled)

    def disable(self) -> None:
        """Record and send nothing; what waits stays."""
        self._core.set_on(False)

    def set_sampling_rate(self, rate: float) -> None:
        """The share of persons whose events are kept, 0.0 to 1.0."""
        if isinstance(rate, (int, float)) and 0 <= rate <= 1:
            self._core.sampling["events"] = float(rate)

    def set_consent(self, *, analytics: Optional[bool] = None, crashes: Optional[bool] = None,
                    traces: Optional[bool] = None) -> None:
        """What may be recorded; what waits and may not any more is deleted."""
        self._guarded(self._core.set_consent, analytics=analytics, crashes=crashes, traces=traces)

    def opt_out(self) -> None:
        """Delete what waits and record nothing, with a spool also in later
        processes, until opt_in()."""
        self._guarded(self._core.opt_out)

    def opt_in(self) -> None:
        """Record again, under a new install."""
        self._guarded(self._core.opt_in)

    def set_write_key(self, key: str) -> None:
        """Another key from the next request on."""
        self._guarded(self._core.set_write_key, key)

    def flag(self, name: str, default: bool = False) -> bool:
        """A switch of the server for SDKs, once it is known."""
        return self._core.remote.flags.get(name, default)

    def reset(self) -> None:
        """Forget user, session and context of the scope."""
        scope = self._scopes.current()
        scope.user_id = scope.anonymous_id = scope.session_id = None
        scope.context = {}

    @property
    def enabled(self) -> bool:
        """False when nothing is recorded, for whatever reason."""
        return self._core.active

    # sending ------------------------------------------------------------
    def flush(self, timeout: float = 10.0) -> bool:
        """Send what may be sent now; pauses that the server asked for are
        kept. Waits at most timeout seconds; True: it was enough."""
        try:
            core = self._core
            if core.closed or self._options.disabled:
                return True
            return bool(core.worker.flush(timeout))
        except Exception as e:
            self._failed(e)
            return False

    def finish(self) -> None:
        """What close() sends and in its time, without the end: for a server
        that shuts down, after which somebody may still record."""
        try:
            core = self._core
            if not core.closed and not self._options.disabled:
                core.worker.flush(self.close_timeout, finish=True)
        except Exception as e:
            self._failed(e)

    async def flush_async(self, timeout: float = 10.0) -> bool:
        """flush() for asyncio: other tasks go on."""
        import asyncio
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self.flush, timeout)

    def close(self, timeout: Optional[float] = None) -> None:
        """Send what waits, for at most timeout seconds (default close_timeout),
        and record nothing more. Called at the end of the process by itself.
        What fails is tried again, as long as the pause before that ends in time."""
        try:
            hooks.forget(self)
            core = self._core
            if not core.closed:
                core.worker.stop(self.close_timeout if timeout is None else timeout)
                core.close()
        except Exception as e:
            self._failed(e)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *what: Any) -> None:
        self.close()

    # inside -------------------------------------------------------------
    def _guarded(self, act: Any, *values: Any, **named: Any) -> None:
        try:
            act(*values, **named)
        except Exception as e:
            self._failed(e)

    def _failed(self, e: Exception) -> None:
        """A mistake of ours or a hostile value: said in the log, not thrown."""
        self._options.warn("a call failed: %r", e)

    def is_recording_here(self) -> bool:
        """Has a signal handler interrupted one of our calls?"""
        owned = getattr(self._core.lock, "_is_owned", None)
        return owned is not None and bool(owned())

    def _after_fork(self) -> None:
        """The child's own install, queue, thread and numbers."""
        parent = self._core
        parent.abandon()
        self._core = Core(self._options, self._runtime, forked=True)
        self._core.consent, self._core.sampling = dict(parent.consent), dict(parent.sampling)
        self._core.write_key, self._core.on = parent.write_key, parent.on
        self._core.remote.flags = parent.remote.flags
        self._core.opted_out = parent.opted_out
        self._core.refresh()
        hooks.end_of_child(self)
