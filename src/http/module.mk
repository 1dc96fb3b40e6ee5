noinst_LIBRARIES += src/http/libhttp.a
src_http_libhttp_a_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS)
src_http_libhttp_a_SOURCES =
