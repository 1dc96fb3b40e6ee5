noinst_LIBRARIES += src/queue/libqueue.a
src_queue_libqueue_a_CPPFLAGS = $(AM_CPPFLAGS) $(HIREDIS_CFLAGS)
src_queue_libqueue_a_SOURCES =
