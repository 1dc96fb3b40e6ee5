check_PROGRAMS += t/unit/web/dispatch
t_unit_web_dispatch_SOURCES = t/unit/web/dispatch.c t/unit/test.h
nodist_EXTRA_t_unit_web_dispatch_SOURCES = force.cc
t_unit_web_dispatch_LDADD = src/web/libweb.a src/queue/libqueue.a src/http/libhttp.a \
	src/base/libbase.a $(HIREDIS_LIBS) $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/web/need_write_key
t_unit_web_need_write_key_SOURCES = t/unit/web/need_write_key.c t/unit/test.h
nodist_EXTRA_t_unit_web_need_write_key_SOURCES = force.cc
t_unit_web_need_write_key_LDADD = src/web/libdoor.a src/web/libweb.a src/ingest/libingest.a src/model/libmodel.a \
	src/queue/libqueue.a src/http/libhttp.a src/base/libbase.a $(HIREDIS_LIBS) $(FCGI_LIBS) \
	$(ZLIB_LIBS) $(ZSTD_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

# The pages' pure parts; the library needs all below it to link.
PAGES_LDADD = src/web/libpages.a src/web/libweb.a $(LIBS_L2) $(LIBS_L1) $(LIBS_L0) \
	$(LIBPQ_LIBS) $(HIREDIS_LIBS) $(FCGI_LIBS) $(CTEMPLATE_LIBS) $(CURL_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) \
	$(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/web/guard
t_unit_web_guard_SOURCES = t/unit/web/guard.c t/unit/test.h
nodist_EXTRA_t_unit_web_guard_SOURCES = force.cc
t_unit_web_guard_LDADD = $(PAGES_LDADD)

check_PROGRAMS += t/unit/web/page/pretty
t_unit_web_page_pretty_SOURCES = t/unit/web/page/pretty.c t/unit/test.h
nodist_EXTRA_t_unit_web_page_pretty_SOURCES = force.cc
t_unit_web_page_pretty_LDADD = $(PAGES_LDADD)

check_PROGRAMS += t/unit/web/letter
t_unit_web_letter_SOURCES = t/unit/web/letter.c t/unit/test.h
nodist_EXTRA_t_unit_web_letter_SOURCES = force.cc
t_unit_web_letter_CPPFLAGS = $(AM_CPPFLAGS) -DTM_SRCDIR='"$(abs_top_srcdir)"'
t_unit_web_letter_LDADD = $(PAGES_LDADD)

check_PROGRAMS += t/unit/web/social
t_unit_web_social_SOURCES = t/unit/web/social.c t/unit/test.h
nodist_EXTRA_t_unit_web_social_SOURCES = force.cc
t_unit_web_social_LDADD = $(PAGES_LDADD)

check_PROGRAMS += t/unit/web/once
t_unit_web_once_SOURCES = t/unit/web/once.c t/unit/test.h
nodist_EXTRA_t_unit_web_once_SOURCES = force.cc
t_unit_web_once_LDADD = $(PAGES_LDADD)

check_PROGRAMS += t/unit/web/page/field
t_unit_web_page_field_SOURCES = t/unit/web/page/field.c t/unit/test.h
nodist_EXTRA_t_unit_web_page_field_SOURCES = force.cc
t_unit_web_page_field_LDADD = $(PAGES_LDADD)

check_PROGRAMS += t/unit/web/who
t_unit_web_who_SOURCES = t/unit/web/who.c t/unit/test.h
nodist_EXTRA_t_unit_web_who_SOURCES = force.cc
t_unit_web_who_LDADD = $(PAGES_LDADD)
