# nginx: the site and its snippets. Installed to $(pkgdatadir)/nginx with the
# paths filled in (src/programs/units/module.mk); site.conf is the one to copy.
NGINX_IN = nginx/http.conf.in nginx/fastcgi.conf.in nginx/ingest.conf.in \
	nginx/ingest-door.conf.in nginx/pages.conf.in nginx/errors.conf.in \
	nginx/admin.conf.in nginx/headers.conf.in nginx/site.conf.in
EXTRA_DIST += $(NGINX_IN) nginx/dev.conf.in
