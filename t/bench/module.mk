# ./dev bench NAME runs NAME.py.
EXTRA_DIST += t/bench/auth.py t/bench/bench.py t/bench/chaos.py t/bench/erase.py t/bench/fresh.py t/bench/ingest.py t/bench/mix.py t/bench/mix_body.py \
	t/bench/bench_json.py t/bench/memory.py t/bench/package.py t/bench/pages.py t/bench/pages/load.sql t/bench/retention.py t/bench/scan.py t/bench/sdk.py t/bench/store.py t/bench/upgrade.py

# The load generator and its baseline are built when a benchmark asks.
EXTRA_PROGRAMS += t/bench/load t/bench/echo
t_bench_load_SOURCES = t/bench/load.c t/bench/load_body.c t/bench/load_body.h t/bench/load_mix.c t/bench/load_mix.h
nodist_EXTRA_t_bench_load_SOURCES = force.cc
t_bench_load_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
t_bench_load_LDADD = src/base/libbase.a -lssl $(LIBS_THIRD_BASE) -lpthread
t_bench_echo_SOURCES = t/bench/echo.c
t_bench_echo_LDADD = $(FCGI_LIBS)

EXTRA_PROGRAMS += t/bench/door
t_bench_door_SOURCES = t/bench/door.c t/bench/load_mix.c t/bench/load_mix.h
nodist_EXTRA_t_bench_door_SOURCES = force.cc
t_bench_door_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
t_bench_door_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/http/libhttp.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(FCGI_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE)

EXTRA_PROGRAMS += t/bench/push
t_bench_push_SOURCES = t/bench/push.c
nodist_EXTRA_t_bench_push_SOURCES = force.cc
t_bench_push_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE)

EXTRA_PROGRAMS += t/bench/json
t_bench_json_SOURCES = t/bench/json.cc
t_bench_json_LDADD = src/ingest/libingest.a src/model/libmodel.a src/queue/libqueue.a src/base/libbase.a \
	$(HIREDIS_LIBS) $(MAXMINDDB_LIBS) $(LIBS_THIRD_BASE)

EXTRA_PROGRAMS += t/bench/jwt
t_bench_jwt_SOURCES = t/bench/jwt.c
nodist_EXTRA_t_bench_jwt_SOURCES = force.cc
t_bench_jwt_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE)
