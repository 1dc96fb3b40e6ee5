# Checks of the sources, and builds that check themselves.
EXTRA_DIST += t/style/layers t/style/openapi t/style/sizes t/style/templates t/style/banned \
	t/style/tokens t/style/install \
	t/lib/source.py t/lib/lint .clang-format .clang-tidy
LINT_FLAGS = -D_GNU_SOURCE $(AM_CPPFLAGS) $(JSONC_CFLAGS) $(CRYPTO_CFLAGS) $(ARGON2_CFLAGS) \
	$(LIBPQ_CFLAGS) $(HIREDIS_CFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS) $(MAXMINDDB_CFLAGS)

.PHONY: lint lint-gcc lint-tidy lint-cppcheck format check-sanitize coverage
# gcc -fanalyzer, cppcheck, clang-tidy: quiet when all is well.
lint: lint-cppcheck lint-gcc lint-tidy
lint-gcc: $(BUILT_SOURCES)
	@$(srcdir)/t/lib/lint gcc $(abs_top_srcdir) $(LINT_FLAGS) -I$(abs_top_builddir)
lint-tidy: $(BUILT_SOURCES)
	@$(srcdir)/t/lib/lint clang-tidy $(abs_top_srcdir) $(LINT_FLAGS) -I$(abs_top_builddir)
lint-cppcheck:
	@$(srcdir)/t/lib/lint cppcheck $(abs_top_srcdir)

format:
	cd $(srcdir) && find src t/unit -name '*.[ch]' -exec clang-format -i {} +

# Second builds next to this one, so that nothing is mixed.
check-sanitize:
	$(MKDIR_P) build-sanitize
	cd build-sanitize && { test -f Makefile || $(abs_top_srcdir)/configure --quiet \
	    --enable-sanitize CFLAGS='-O1 -g' CXXFLAGS='-O1 -g'; }
	cd build-sanitize && $(MAKE) $(AM_MAKEFLAGS) check-unit
coverage:
	$(MKDIR_P) build-coverage
	cd build-coverage && { test -f Makefile || $(abs_top_srcdir)/configure --quiet \
	    --enable-coverage CFLAGS='-O0 -g' CXXFLAGS='-O0 -g'; }
	cd build-coverage && $(MAKE) $(AM_MAKEFLAGS) check-unit
	gcovr --root $(srcdir) --filter '$(abs_top_srcdir)/src/' --object-directory build-coverage \
	    --print-summary --html-details build-coverage/coverage.html build-coverage
	@echo "See build-coverage/coverage.html"

# Run the unit tests of this build: the last line counts.
.PHONY: check-unit
check-unit: $(check_PROGRAMS)
	@failed=0; n=0; for p in $(check_PROGRAMS); do case $$p in t/unit/*) \
	    n=$$((n + 1)); CMOCKA_MESSAGE_OUTPUT=TAP ./$$p >$$p.tap 2>&1 </dev/null || { \
	    failed=$$((failed + 1)); echo "$$p:"; cat $$p.tap; }; ;; esac; done; \
	echo "$$n unit test programs, $$failed failed"; test $$failed -eq 0
