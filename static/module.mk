# Style, script and pictures of the pages; nginx serves them from
# $(pkgdatadir)/static. The fonts come from npm (package-lock.json pins them
# by hash) into the build tree, or from static/fonts of a release tarball.
staticdir = $(pkgdatadir)/static
staticfontsdir = $(staticdir)/fonts
dist_static_DATA = static/app.css static/app.js static/explore.css static/favicon.svg \
	static/openapi.json static/logo.svg static/tokens.css

FONT_SANS = ibm-plex-sans-latin-400-normal.woff2 \
	ibm-plex-sans-latin-500-normal.woff2 \
	ibm-plex-sans-latin-600-normal.woff2 \
	ibm-plex-sans-latin-ext-400-normal.woff2 \
	ibm-plex-sans-latin-ext-500-normal.woff2 \
	ibm-plex-sans-latin-ext-600-normal.woff2
FONT_MONO = ibm-plex-mono-latin-400-normal.woff2 \
	ibm-plex-mono-latin-500-normal.woff2 \
	ibm-plex-mono-latin-ext-400-normal.woff2 \
	ibm-plex-mono-latin-ext-500-normal.woff2
NPM_CI = npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

all-local: static/fonts.stamp
EXTRA_DIST += static/fonts.sh static/readme-overview.png
CLEANFILES += static/fonts.stamp

static/fonts.stamp: package.json package-lock.json static/fonts.sh
	$(AM_V_GEN)$(MKDIR_P) static/fonts && \
	sh $(srcdir)/static/fonts.sh $(srcdir) static "$(NPM_CI)" $(FONT_SANS) $(FONT_MONO) && \
	touch $@

install-data-local: static/fonts.stamp
	$(MKDIR_P) "$(DESTDIR)$(staticfontsdir)"
	for f in $(FONT_SANS) $(FONT_MONO) LICENSE; do \
	  $(INSTALL_DATA) static/fonts/$$f "$(DESTDIR)$(staticfontsdir)/$$f" || exit 1; done

uninstall-local:
	rm -rf "$(DESTDIR)$(staticfontsdir)"

dist-fonts: static/fonts.stamp
	$(MKDIR_P) $(distdir)/static/fonts
	cp static/fonts/*.woff2 static/fonts/LICENSE $(distdir)/static/fonts/

# axe-core and playwright-core for t/e2e, under t/npm/node_modules.
t/npm/stamp: package.json package-lock.json
	$(AM_V_GEN)$(MKDIR_P) t/npm && cp $(srcdir)/package.json $(srcdir)/package-lock.json t/npm/ && \
	(cd t/npm && $(NPM_CI) >/dev/null) && touch $@
test-npm: t/npm/stamp
.PHONY: test-npm

# Other vendors' Python clients for t/e2e, under t/python.
t/python/stamp: t/e2e/vendors/requirements.txt
	$(AM_V_GEN)rm -rf t/python && $(MKDIR_P) t && python3 -m venv t/python && \
	t/python/bin/pip -q --disable-pip-version-check install -r $(srcdir)/t/e2e/vendors/requirements.txt && touch $@
test-python: t/python/stamp
.PHONY: test-python

# Gin, inside which sdk/go is tested, under t/go.
t/go/stamp: sdk/go/gintest/go.mod sdk/go/gintest/go.sum
	$(AM_V_GEN)$(MKDIR_P) t/go && dir=`pwd` && (cd $(srcdir)/sdk/go/gintest && \
	GOTOOLCHAIN=local GOFLAGS=-modcacherw GOMODCACHE="$$dir/t/go" go mod download) && touch $@
test-go: t/go/stamp
.PHONY: test-go

clean-local:
	rm -rf static/fonts static/npm t/go t/npm t/python
