# parts of programs that are pure enough to be tested alone

check_PROGRAMS += t/unit/programs/record
t_unit_programs_record_SOURCES = t/unit/programs/record.c t/unit/test.h \
	src/programs/ctl/record.c src/programs/ctl/record.h src/programs/ctl/source.c src/programs/ctl/source.h
nodist_EXTRA_t_unit_programs_record_SOURCES = force.cc
t_unit_programs_record_LDADD = src/base/libbase.a $(ZLIB_LIBS) $(ZSTD_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
