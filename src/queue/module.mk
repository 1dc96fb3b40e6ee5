noinst_LIBRARIES += src/queue/libqueue.a
src_queue_libqueue_a_CPPFLAGS = $(AM_CPPFLAGS) $(HIREDIS_CFLAGS)
src_queue_libqueue_a_SOURCES = \
	src/queue/accept.c src/queue/accept.h \
	src/queue/aof.c src/queue/aof.h \
	src/queue/bound.h \
	src/queue/door.c src/queue/door.h \
	src/queue/look.c src/queue/look.h \
	src/queue/keys.c src/queue/keys.h \
	src/queue/mirror.c src/queue/mirror.h \
	src/queue/flags.c src/queue/flags.h \
	src/queue/quota.c src/queue/quota.h \
	src/queue/pause.c src/queue/pause.h \
	src/queue/bookmark.c src/queue/bookmark.h \
	src/queue/redis.c src/queue/redis.h \
	src/queue/stream.c src/queue/stream.h \
	src/queue/tally.c src/queue/tally.h \
	src/queue/worker.c src/queue/worker.h
