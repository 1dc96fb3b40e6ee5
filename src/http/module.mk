noinst_LIBRARIES += src/http/libhttp.a
src_http_libhttp_a_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS) $(CURL_CFLAGS)
src_http_libhttp_a_SOURCES = \
	src/http/address.c src/http/address.h \
	src/http/client.c src/http/client.h \
	src/http/cookie.c src/http/cookie.h \
	src/http/fcgi.c src/http/fcgi.h \
	src/http/form.c src/http/form.h \
	src/http/inflate.c src/http/inflate.h \
	src/http/multipart.c src/http/multipart.h \
	src/http/req.c src/http/req.h \
	src/http/res.c src/http/res.h \
	src/http/route.c src/http/route.h
