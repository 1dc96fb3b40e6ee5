check_PROGRAMS += t/unit/web/dispatch
t_unit_web_dispatch_SOURCES = t/unit/web/dispatch.c t/unit/test.h
t_unit_web_dispatch_LDADD = src/web/libweb.a src/http/libhttp.a src/base/libbase.a $(FCGI_LIBS) \
	$(ZLIB_LIBS) $(ZSTD_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
