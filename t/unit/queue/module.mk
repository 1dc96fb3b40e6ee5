check_PROGRAMS += t/unit/queue/stream
t_unit_queue_stream_SOURCES = t/unit/queue/stream.c t/unit/queue/server.h t/unit/test.h
nodist_EXTRA_t_unit_queue_stream_SOURCES = force.cc
t_unit_queue_stream_LDADD = src/queue/libqueue.a src/base/libbase.a $(HIREDIS_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/queue/accept
t_unit_queue_accept_SOURCES = t/unit/queue/accept.c t/unit/queue/server.h t/unit/test.h
nodist_EXTRA_t_unit_queue_accept_SOURCES = force.cc
t_unit_queue_accept_LDADD = src/queue/libqueue.a src/base/libbase.a $(HIREDIS_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/queue/tally
t_unit_queue_tally_SOURCES = t/unit/queue/tally.c t/unit/queue/server.h t/unit/test.h
nodist_EXTRA_t_unit_queue_tally_SOURCES = force.cc
t_unit_queue_tally_LDADD = src/queue/libqueue.a src/base/libbase.a $(HIREDIS_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/queue/bookmark
t_unit_queue_bookmark_SOURCES = t/unit/queue/bookmark.c t/unit/queue/server.h t/unit/test.h
nodist_EXTRA_t_unit_queue_bookmark_SOURCES = force.cc
t_unit_queue_bookmark_LDADD = src/queue/libqueue.a src/base/libbase.a $(HIREDIS_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/queue/aof
t_unit_queue_aof_SOURCES = t/unit/queue/aof.c t/unit/queue/server.h t/unit/test.h
nodist_EXTRA_t_unit_queue_aof_SOURCES = force.cc
t_unit_queue_aof_LDADD = src/queue/libqueue.a src/base/libbase.a $(HIREDIS_LIBS) \
	$(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
