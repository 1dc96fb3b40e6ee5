# One program per module of src/base. They need base and its libraries only.

check_PROGRAMS += t/unit/base/arena
t_unit_base_arena_SOURCES = t/unit/base/arena.c t/unit/test.h
nodist_EXTRA_t_unit_base_arena_SOURCES = force.cc
t_unit_base_arena_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/buf
t_unit_base_buf_SOURCES = t/unit/base/buf.c t/unit/test.h
nodist_EXTRA_t_unit_base_buf_SOURCES = force.cc
t_unit_base_buf_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/clock
t_unit_base_clock_SOURCES = t/unit/base/clock.c t/unit/test.h
nodist_EXTRA_t_unit_base_clock_SOURCES = force.cc
t_unit_base_clock_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/codec
t_unit_base_codec_SOURCES = t/unit/base/codec.c t/unit/test.h
nodist_EXTRA_t_unit_base_codec_SOURCES = force.cc
t_unit_base_codec_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/csv
t_unit_base_csv_SOURCES = t/unit/base/csv.c t/unit/test.h
nodist_EXTRA_t_unit_base_csv_SOURCES = force.cc
t_unit_base_csv_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/conf
t_unit_base_conf_SOURCES = t/unit/base/conf.c t/unit/test.h
nodist_EXTRA_t_unit_base_conf_SOURCES = force.cc
t_unit_base_conf_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/crypt
t_unit_base_crypt_SOURCES = t/unit/base/crypt.c t/unit/test.h
nodist_EXTRA_t_unit_base_crypt_SOURCES = force.cc
t_unit_base_crypt_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/err
t_unit_base_err_SOURCES = t/unit/base/err.c t/unit/test.h
nodist_EXTRA_t_unit_base_err_SOURCES = force.cc
t_unit_base_err_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/jose
t_unit_base_jose_SOURCES = t/unit/base/jose.c t/unit/test.h
nodist_EXTRA_t_unit_base_jose_SOURCES = force.cc
t_unit_base_jose_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/json
t_unit_base_json_SOURCES = t/unit/base/json.c t/unit/test.h
nodist_EXTRA_t_unit_base_json_SOURCES = force.cc
t_unit_base_json_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/jw
t_unit_base_jw_SOURCES = t/unit/base/jw.c t/unit/test.h
nodist_EXTRA_t_unit_base_jw_SOURCES = force.cc
t_unit_base_jw_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/log
t_unit_base_log_SOURCES = t/unit/base/log.c t/unit/test.h
nodist_EXTRA_t_unit_base_log_SOURCES = force.cc
t_unit_base_log_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/map
t_unit_base_map_SOURCES = t/unit/base/map.c t/unit/test.h
nodist_EXTRA_t_unit_base_map_SOURCES = force.cc
t_unit_base_map_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/needle
t_unit_base_needle_SOURCES = t/unit/base/needle.c t/unit/test.h
nodist_EXTRA_t_unit_base_needle_SOURCES = force.cc
t_unit_base_needle_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/num
t_unit_base_num_SOURCES = t/unit/base/num.c t/unit/test.h
nodist_EXTRA_t_unit_base_num_SOURCES = force.cc
t_unit_base_num_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/passwd
t_unit_base_passwd_SOURCES = t/unit/base/passwd.c t/unit/test.h
nodist_EXTRA_t_unit_base_passwd_SOURCES = force.cc
t_unit_base_passwd_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/process
t_unit_base_process_SOURCES = t/unit/base/process.c t/unit/test.h
nodist_EXTRA_t_unit_base_process_SOURCES = force.cc
t_unit_base_process_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/str
t_unit_base_str_SOURCES = t/unit/base/str.c t/unit/test.h
nodist_EXTRA_t_unit_base_str_SOURCES = force.cc
t_unit_base_str_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/task
t_unit_base_task_SOURCES = t/unit/base/task.c t/unit/test.h
nodist_EXTRA_t_unit_base_task_SOURCES = force.cc
t_unit_base_task_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/token
t_unit_base_token_SOURCES = t/unit/base/token.c t/unit/test.h
nodist_EXTRA_t_unit_base_token_SOURCES = force.cc
t_unit_base_token_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/totp
t_unit_base_totp_SOURCES = t/unit/base/totp.c t/unit/test.h
nodist_EXTRA_t_unit_base_totp_SOURCES = force.cc
t_unit_base_totp_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/unzip
t_unit_base_unzip_SOURCES = t/unit/base/unzip.c t/unit/test.h
nodist_EXTRA_t_unit_base_unzip_SOURCES = force.cc
t_unit_base_unzip_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/url
t_unit_base_url_SOURCES = t/unit/base/url.c t/unit/test.h
nodist_EXTRA_t_unit_base_url_SOURCES = force.cc
t_unit_base_url_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/utf8
t_unit_base_utf8_SOURCES = t/unit/base/utf8.c t/unit/test.h
nodist_EXTRA_t_unit_base_utf8_SOURCES = force.cc
t_unit_base_utf8_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/uuid
t_unit_base_uuid_SOURCES = t/unit/base/uuid.c t/unit/test.h
nodist_EXTRA_t_unit_base_uuid_SOURCES = force.cc
t_unit_base_uuid_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/scan
t_unit_base_scan_SOURCES = t/unit/base/scan.c t/unit/test.h
nodist_EXTRA_t_unit_base_scan_SOURCES = force.cc
t_unit_base_scan_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/zone
t_unit_base_zone_SOURCES = t/unit/base/zone.c t/unit/test.h
nodist_EXTRA_t_unit_base_zone_SOURCES = force.cc
t_unit_base_zone_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/hist
t_unit_base_hist_SOURCES = t/unit/base/hist.c t/unit/test.h
nodist_EXTRA_t_unit_base_hist_SOURCES = force.cc
t_unit_base_hist_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/base/tape
t_unit_base_tape_SOURCES = t/unit/base/tape.c t/unit/test.h
nodist_EXTRA_t_unit_base_tape_SOURCES = force.cc
t_unit_base_tape_LDADD = src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
