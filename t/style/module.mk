# Checks of the sources, and builds that check themselves.
EXTRA_DIST += t/style/adoption t/style/audit t/style/banned t/style/dist t/style/hardening t/style/install t/style/lab t/style/layers t/style/openapi \
	t/style/definitions t/style/deploy t/style/flaws t/style/reasons t/style/sizes t/style/statements t/style/templates t/style/tokens .clang-format .clang-tidy
LINT_FLAGS = -D_GNU_SOURCE $(AM_CPPFLAGS) $(JSONC_CFLAGS) $(CRYPTO_CFLAGS) $(ARGON2_CFLAGS) \
	$(LIBPQ_CFLAGS) $(HIREDIS_CFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS) $(MAXMINDDB_CFLAGS) \
	$(CJOSE_CFLAGS) $(OATH_CFLAGS) $(QRENCODE_CFLAGS) $(GD_CFLAGS) $(CURL_CFLAGS) \
	$(LIBDW_CFLAGS) $(SECCOMP_CFLAGS)

LINT = LINT_CACHE='$(abs_top_builddir)/lint' $(srcdir)/t/lib/lint
.PHONY: lint lint-gcc lint-tidy lint-cppcheck lint-flawfinder format check-sanitize coverage
# gcc -fanalyzer, cppcheck, clang-tidy, flawfinder: quiet when all is well. The
# first run takes a quarter of an hour, later ones look at what has changed.
lint: lint-cppcheck lint-flawfinder lint-gcc lint-tidy
lint-gcc: $(BUILT_SOURCES)
	@$(LINT) gcc $(abs_top_srcdir) $(LINT_FLAGS) -I$(abs_top_builddir)
lint-tidy: $(BUILT_SOURCES)
	@$(LINT) clang-tidy $(abs_top_srcdir) $(LINT_FLAGS) -I$(abs_top_builddir)
lint-cppcheck:
	@$(LINT) cppcheck $(abs_top_srcdir)
lint-flawfinder:
	@$(LINT) flawfinder $(abs_top_srcdir)

format:
	cd $(srcdir) && find src t/unit -name '*.[ch]' -exec clang-format -i {} +

# Tests of this build that need no running stack. t/run adds up their TAP.
.PHONY: check-build check-deep
RUN_TESTS = TIDEMARK_BUILD='$(abs_top_builddir)' python3 $(abs_top_srcdir)/t/run
check-build: $(check_PROGRAMS)
check-local: $(check_PROGRAMS)
	$(RUN_TESTS) style unit
# Also those that start a PostgreSQL of their own.
check-deep: all $(check_PROGRAMS)
	$(RUN_TESTS) unit db fuzz

# Second builds next to this one, so that nothing is mixed.
CONFIGURE_HERE = test -f Makefile || $(abs_top_srcdir)/configure --quiet
check-sanitize:
	$(MKDIR_P) build-sanitize
	cd build-sanitize && { $(CONFIGURE_HERE) --enable-sanitize CFLAGS='-O1 -g' CXXFLAGS='-O1 -g'; }
	cd build-sanitize && $(MAKE) $(AM_MAKEFLAGS) check-deep
coverage:
	$(MKDIR_P) build-coverage
	cd build-coverage && { $(CONFIGURE_HERE) --enable-coverage CFLAGS='-O0 -g' CXXFLAGS='-O0 -g'; }
	cd build-coverage && $(MAKE) $(AM_MAKEFLAGS) check-deep
	gcovr --root $(abs_top_srcdir) --filter '$(abs_top_srcdir)/src/' \
	    --object-directory build-coverage --exclude-unreachable-branches --exclude-throw-branches --print-summary \
	    --html-details build-coverage/coverage.html --output build-coverage/coverage.txt build-coverage
	@echo "See build-coverage/coverage.html"

# make fuzz FUZZ_SECONDS=600: each target for that long, with clang. What it
# finds is written to build-fuzz/found; a fix puts it into t/fuzz/corpus.
.PHONY: fuzz
FUZZ_SECONDS = 60
FUZZ_TARGETS = envelope inflate scan wire
fuzz:
	$(MKDIR_P) build-fuzz
	cd build-fuzz && { CC=clang CXX=clang++ && export CC CXX && $(CONFIGURE_HERE) \
	    --enable-fuzz CFLAGS='-O1 -g' CXXFLAGS='-O1 -g'; }
	cd build-fuzz && $(MAKE) $(AM_MAKEFLAGS) $(FUZZ_TARGETS:%=t/fuzz/%)
	cd build-fuzz && for f in $(FUZZ_TARGETS); do $(MKDIR_P) corpus/$$f found && \
	    t/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -verbosity=0 \
	    -print_final_stats=1 -artifact_prefix=found/$$f- corpus/$$f \
	    $(abs_top_srcdir)/t/fuzz/corpus/$$f || exit 1; done

# Builds of the targets above, not files of this one.
distclean-local:
	rm -rf lint build-sanitize build-coverage build-fuzz
