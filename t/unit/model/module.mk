MODEL_TEST_LDADD = src/model/libmodel.a src/store/libstore.a src/queue/libqueue.a \
	src/base/libbase.a $(LIBPQ_LIBS) $(HIREDIS_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/model/team
t_unit_model_team_SOURCES = t/unit/model/team.c t/unit/test.h
t_unit_model_team_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/account
t_unit_model_account_SOURCES = t/unit/model/account.c t/unit/test.h
t_unit_model_account_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/release
t_unit_model_release_SOURCES = t/unit/model/release.c t/unit/test.h
t_unit_model_release_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/password
t_unit_model_password_SOURCES = t/unit/model/password.c t/unit/test.h
t_unit_model_password_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/redirect
t_unit_model_redirect_SOURCES = t/unit/model/redirect.c t/unit/test.h
t_unit_model_redirect_LDADD = $(MODEL_TEST_LDADD)
