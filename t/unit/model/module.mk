MODEL_TEST_LDADD = src/model/libmodel.a src/store/libstore.a src/queue/libqueue.a \
	src/base/libbase.a $(LIBPQ_LIBS) $(HIREDIS_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/model/team
t_unit_model_team_SOURCES = t/unit/model/team.c t/unit/test.h
nodist_EXTRA_t_unit_model_team_SOURCES = force.cc
t_unit_model_team_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/account
t_unit_model_account_SOURCES = t/unit/model/account.c t/unit/test.h
nodist_EXTRA_t_unit_model_account_SOURCES = force.cc
t_unit_model_account_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/release
t_unit_model_release_SOURCES = t/unit/model/release.c t/unit/test.h
nodist_EXTRA_t_unit_model_release_SOURCES = force.cc
t_unit_model_release_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/password
t_unit_model_password_SOURCES = t/unit/model/password.c t/unit/test.h
nodist_EXTRA_t_unit_model_password_SOURCES = force.cc
t_unit_model_password_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/redirect
t_unit_model_redirect_SOURCES = t/unit/model/redirect.c t/unit/test.h
nodist_EXTRA_t_unit_model_redirect_SOURCES = force.cc
t_unit_model_redirect_LDADD = $(MODEL_TEST_LDADD)

# pure parts of governance: no store, no queue
GOVERNANCE_TEST_LDADD = src/model/libmodel.a src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/model/detect
t_unit_model_detect_SOURCES = t/unit/model/detect.c t/unit/test.h
nodist_EXTRA_t_unit_model_detect_SOURCES = force.cc
t_unit_model_detect_LDADD = $(GOVERNANCE_TEST_LDADD)

check_PROGRAMS += t/unit/model/policy
t_unit_model_policy_SOURCES = t/unit/model/policy.c t/unit/test.h
nodist_EXTRA_t_unit_model_policy_SOURCES = force.cc
t_unit_model_policy_LDADD = $(GOVERNANCE_TEST_LDADD)

check_PROGRAMS += t/unit/model/schema
t_unit_model_schema_SOURCES = t/unit/model/schema.c t/unit/test.h
nodist_EXTRA_t_unit_model_schema_SOURCES = force.cc
t_unit_model_schema_LDADD = $(GOVERNANCE_TEST_LDADD)

check_PROGRAMS += t/unit/model/adoption
t_unit_model_adoption_SOURCES = t/unit/model/adoption.c t/unit/test.h
nodist_EXTRA_t_unit_model_adoption_SOURCES = force.cc
t_unit_model_adoption_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/saved
t_unit_model_saved_SOURCES = t/unit/model/saved.c t/unit/test.h
t_unit_model_saved_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/flag
t_unit_model_flag_SOURCES = t/unit/model/flag.c t/unit/test.h
nodist_EXTRA_t_unit_model_flag_SOURCES = force.cc
t_unit_model_flag_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/plan
t_unit_model_plan_SOURCES = t/unit/model/plan.c t/unit/test.h
nodist_EXTRA_t_unit_model_plan_SOURCES = force.cc
t_unit_model_plan_LDADD = $(MODEL_TEST_LDADD)

check_PROGRAMS += t/unit/model/keyname
t_unit_model_keyname_SOURCES = t/unit/model/keyname.c t/unit/test.h
nodist_EXTRA_t_unit_model_keyname_SOURCES = force.cc
t_unit_model_keyname_LDADD = $(GOVERNANCE_TEST_LDADD)

check_PROGRAMS += t/unit/model/alarm
t_unit_model_alarm_SOURCES = t/unit/model/alarm.c t/unit/test.h
nodist_EXTRA_t_unit_model_alarm_SOURCES = force.cc
t_unit_model_alarm_LDADD = src/model/libmodel.a src/mail/libmail.a src/store/libstore.a src/queue/libqueue.a \
	src/view/libview.a src/base/libbase.a $(LIBPQ_LIBS) $(CURL_LIBS) $(HIREDIS_LIBS) $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
