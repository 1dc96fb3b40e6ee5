noinst_LIBRARIES += src/web/libweb.a
src_web_libweb_a_CPPFLAGS = $(AM_CPPFLAGS) 
src_web_libweb_a_SOURCES = \
	src/web/dispatch.c src/web/dispatch.h src/web/web.h
