noinst_LIBRARIES += src/queue/libqueue.a
src_queue_libqueue_a_CPPFLAGS = $(AM_CPPFLAGS) $(HIREDIS_CFLAGS)
src_queue_libqueue_a_SOURCES = \
	src/queue/accept.c src/queue/accept.h \
	src/queue/bound.h \
	src/queue/keys.c src/queue/keys.h \
	src/queue/mirror.c src/queue/mirror.h \
	src/queue/redis.c src/queue/redis.h \
	src/queue/stream.c src/queue/stream.h
