# benchmark programs are added here

# The load generator and its baseline are built when a benchmark asks.
EXTRA_PROGRAMS += t/bench/load t/bench/echo
t_bench_load_SOURCES = t/bench/load.c t/bench/load_body.c t/bench/load_body.h
t_bench_load_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
t_bench_load_LDADD = src/base/libbase.a -lssl $(LIBS_THIRD_BASE) -lpthread
t_bench_echo_SOURCES = t/bench/echo.c
t_bench_echo_LDADD = $(FCGI_LIBS)
