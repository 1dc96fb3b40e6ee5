check_PROGRAMS += t/unit/http/form
t_unit_http_form_SOURCES = t/unit/http/form.c t/unit/test.h
nodist_EXTRA_t_unit_http_form_SOURCES = force.cc
t_unit_http_form_LDADD = src/http/libhttp.a src/base/libbase.a $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/http/inflate
t_unit_http_inflate_SOURCES = t/unit/http/inflate.c t/unit/test.h
nodist_EXTRA_t_unit_http_inflate_SOURCES = force.cc
t_unit_http_inflate_LDADD = src/http/libhttp.a src/base/libbase.a $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/http/req
t_unit_http_req_SOURCES = t/unit/http/req.c t/unit/test.h
nodist_EXTRA_t_unit_http_req_SOURCES = force.cc
t_unit_http_req_LDADD = src/http/libhttp.a src/base/libbase.a $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/http/res
t_unit_http_res_SOURCES = t/unit/http/res.c t/unit/test.h
nodist_EXTRA_t_unit_http_res_SOURCES = force.cc
t_unit_http_res_LDADD = src/http/libhttp.a src/base/libbase.a $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/http/route
t_unit_http_route_SOURCES = t/unit/http/route.c t/unit/test.h
nodist_EXTRA_t_unit_http_route_SOURCES = force.cc
t_unit_http_route_LDADD = src/http/libhttp.a src/base/libbase.a $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/http/fcgi
t_unit_http_fcgi_SOURCES = t/unit/http/fcgi.c t/unit/test.h
nodist_EXTRA_t_unit_http_fcgi_SOURCES = force.cc
t_unit_http_fcgi_LDADD = src/http/libhttp.a src/base/libbase.a $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/http/address
t_unit_http_address_SOURCES = t/unit/http/address.c t/unit/test.h
nodist_EXTRA_t_unit_http_address_SOURCES = force.cc
t_unit_http_address_LDADD = src/http/libhttp.a src/base/libbase.a $(FCGI_LIBS) $(CURL_LIBS) \
	$(ZLIB_LIBS) $(ZSTD_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/http/client
t_unit_http_client_SOURCES = t/unit/http/client.c t/unit/test.h
nodist_EXTRA_t_unit_http_client_SOURCES = force.cc
t_unit_http_client_LDADD = src/http/libhttp.a src/base/libbase.a $(FCGI_LIBS) $(CURL_LIBS) \
	$(ZLIB_LIBS) $(ZSTD_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/http/multipart
t_unit_http_multipart_SOURCES = t/unit/http/multipart.c t/unit/test.h
nodist_EXTRA_t_unit_http_multipart_SOURCES = force.cc
t_unit_http_multipart_LDADD = src/http/libhttp.a src/base/libbase.a $(FCGI_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
