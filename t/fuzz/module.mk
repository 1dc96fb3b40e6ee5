# Fuzz targets. Configured with --enable-fuzz (clang) they are libFuzzer
# programs; otherwise they replay the corpus once, as a test suite.
if FUZZ
FUZZ_MAIN =
LDFLAGS_FUZZ = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = t/fuzz/replay.c
LDFLAGS_FUZZ = $(AM_LDFLAGS)
endif
CPPFLAGS_FUZZ = $(AM_CPPFLAGS) -I$(srcdir)/t/fuzz -DTOP_SRCDIR='"$(abs_top_srcdir)"'
LDADD_FUZZ = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/http/libhttp.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(FCGI_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE)
EXTRA_DIST += t/fuzz/corpus

check_PROGRAMS += t/fuzz/envelope
t_fuzz_envelope_SOURCES = t/fuzz/envelope.c t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_envelope_SOURCES = force.cc
t_fuzz_envelope_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_envelope_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_envelope_LDADD = $(LDADD_FUZZ)

check_PROGRAMS += t/fuzz/wire
t_fuzz_wire_SOURCES = t/fuzz/wire.c t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_wire_SOURCES = force.cc
t_fuzz_wire_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_wire_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_wire_LDADD = $(LDADD_FUZZ)

check_PROGRAMS += t/fuzz/scan
t_fuzz_scan_SOURCES = t/fuzz/scan.c t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_scan_SOURCES = force.cc
t_fuzz_scan_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_scan_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_scan_LDADD = $(LDADD_FUZZ)

check_PROGRAMS += t/fuzz/inflate
t_fuzz_inflate_SOURCES = t/fuzz/inflate.c t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_inflate_SOURCES = force.cc
t_fuzz_inflate_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_inflate_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_inflate_LDADD = $(LDADD_FUZZ)

check_PROGRAMS += t/fuzz/multipart
t_fuzz_multipart_SOURCES = t/fuzz/multipart.c t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_multipart_SOURCES = force.cc
t_fuzz_multipart_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_multipart_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_multipart_LDADD = $(LDADD_FUZZ)

check_PROGRAMS += t/fuzz/stack
t_fuzz_stack_SOURCES = t/fuzz/stack.c t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_stack_SOURCES = force.cc
t_fuzz_stack_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_stack_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_stack_LDADD = $(LDADD_FUZZ)

check_PROGRAMS += t/fuzz/symbols
t_fuzz_symbols_SOURCES = t/fuzz/symbols.c t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_symbols_SOURCES = force.cc
t_fuzz_symbols_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_symbols_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_symbols_LDADD = src/symbols/libsymbols.a $(LDADD_FUZZ)

check_PROGRAMS += t/fuzz/policy
t_fuzz_policy_SOURCES = t/fuzz/policy.c t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_policy_SOURCES = force.cc
t_fuzz_policy_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_policy_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_policy_LDADD = $(LDADD_FUZZ)

check_PROGRAMS += t/fuzz/schema
t_fuzz_schema_SOURCES = t/fuzz/schema.c t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_schema_SOURCES = force.cc
t_fuzz_schema_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_schema_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_schema_LDADD = $(LDADD_FUZZ)

check_PROGRAMS += t/fuzz/foreign
t_fuzz_foreign_SOURCES = t/fuzz/foreign.c t/unit/ingest/foreign/written.h t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_foreign_SOURCES = force.cc
t_fuzz_foreign_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_foreign_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_foreign_LDADD = $(LDADD_FUZZ)

check_PROGRAMS += t/fuzz/otlp
t_fuzz_otlp_SOURCES = t/fuzz/otlp.c t/unit/ingest/foreign/written.h t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_otlp_SOURCES = force.cc
t_fuzz_otlp_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_otlp_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_otlp_LDADD = $(LDADD_FUZZ)

check_PROGRAMS += t/fuzz/export
t_fuzz_export_SOURCES = t/fuzz/export.c t/unit/ingest/foreign/written.h t/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_t_fuzz_export_SOURCES = force.cc
t_fuzz_export_CPPFLAGS = $(CPPFLAGS_FUZZ)
t_fuzz_export_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_export_LDADD = $(LDADD_FUZZ)
