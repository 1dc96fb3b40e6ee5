# make deb: Debian packages from a release tarball, without a network; they
# and what lintian says of them lie in deb/ of the build tree.
DEBIAN_FILES = debian/changelog debian/control debian/copyright debian/rules debian/NEWS \
	debian/README.Debian debian/source/format \
	debian/tidemark.install debian/tidemark.manpages debian/tidemark.docs \
	debian/tidemark.lintian-overrides debian/tidemark.postinst debian/tidemark.postrm \
	debian/tidemark-nginx.install debian/tidemark-nginx.postinst debian/tidemark-nginx.dirs \
	debian/tidemark-doc.docs debian/tidemark-doc.doc-base debian/tidemark-doc.examples \
	debian/tests/control debian/tests/ingest-one
EXTRA_DIST += $(DEBIAN_FILES)
CLEANFILES += deb.log

.PHONY: deb
deb: dist
	rm -rf deb && $(MKDIR_P) deb
	cd deb && tar -xf ../$(distdir).tar.xz
	cd deb/$(distdir) && dpkg-buildpackage -us -uc -rfakeroot $(DEB_FLAGS)
	rm -rf deb/$(distdir)
	lintian --fail-on error,warning --pedantic --info --suppress-tags \
	    initial-upload-closes-no-bugs deb/*.changes
	@ls deb/*.deb
