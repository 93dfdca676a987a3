"""Traces for those who gather them: on where ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set (extra ``otel``), else nothing of it is imported."""

from __future__ import annotations

import os
from typing import Any

from yangban.base.errors import UsageError

SECRET_PAGES = "accounts/password/reset,calendar/"
"""Pages whose addresses hold the secret by which they are opened: never traced."""


def begin(exporter: Any = None) -> Any:
    """Instrument the site and give the provider of its traces; ``None`` where nobody asked for any."""
    if exporter is None and not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return None
    try:
        from opentelemetry.instrumentation.django import DjangoInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as problem:
        raise UsageError(
            f"设置了 OTEL_EXPORTER_OTLP_ENDPOINT，但没有安装 {problem.name}：pip install 'yangban[otel]'；"
            "traces were asked for and their extra is not installed"
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "yangban")}))
    provider.add_span_processor(SimpleSpanProcessor(exporter) if exporter is not None else BatchSpanProcessor(OTLPSpanExporter()))
    left_out = ",".join(filter(None, (SECRET_PAGES, os.environ.get("OTEL_PYTHON_DJANGO_EXCLUDED_URLS"))))
    DjangoInstrumentor().instrument(tracer_provider=provider, excluded_urls=left_out)
    return provider
