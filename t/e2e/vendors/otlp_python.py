"""otlp_python.py - OpenTelemetry's official Python exporters, unmodified.
VENDOR_URL, VENDOR_KEY; the last line says what went wrong."""
import json
import logging
import os

# before the exporters are read: the two settings that every language has
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = os.environ["VENDOR_URL"]
os.environ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-api-key=" + os.environ["VENDOR_KEY"]

from opentelemetry.exporter.otlp.proto.http import Compression  # noqa: E402
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter  # noqa: E402
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: E402
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler  # noqa: E402
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor  # noqa: E402
from opentelemetry.sdk.resources import Resource  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: E402

errors = []


class Note(logging.Handler):
    def emit(self, record):
        errors.append(record.getMessage())


logging.getLogger("opentelemetry.exporter").addHandler(Note(logging.WARNING))
logging.getLogger("opentelemetry.sdk").addHandler(Note(logging.WARNING))
resource = Resource.create({"service.name": "jobs", "service.version": "2.0",
                            "user.id": "u-python", "session.id": "s-python"})
provider = TracerProvider(resource=resource)
provider.add_span_processor(BatchSpanProcessor(
    OTLPSpanExporter(compression=Compression.Gzip)))
tracer = provider.get_tracer("x")
try:
    with tracer.start_as_current_span("job") as job:
        with tracer.start_as_current_span("step", attributes={"k": 1}):
            pass
        raise ValueError("bad job")
except ValueError:
    pass
provider.shutdown()

logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
log = logging.getLogger("app")
log.addHandler(LoggingHandler(logger_provider=logs))
log.warning("disk %d", 90)
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
logs.shutdown()
print(json.dumps({"errors": errors, "trace_id": "%032x" % job.context.trace_id,
                  "duration_ms": (job.end_time - job.start_time) / 1e6}))
