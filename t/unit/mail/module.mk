check_PROGRAMS += t/unit/mail/message
t_unit_mail_message_SOURCES = t/unit/mail/message.c t/unit/test.h
nodist_EXTRA_t_unit_mail_message_SOURCES = force.cc
t_unit_mail_message_LDADD = src/mail/libmail.a src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)

check_PROGRAMS += t/unit/mail/outbox
t_unit_mail_outbox_SOURCES = t/unit/mail/outbox.c t/unit/test.h
nodist_EXTRA_t_unit_mail_outbox_SOURCES = force.cc
t_unit_mail_outbox_LDADD = src/mail/libmail.a src/base/libbase.a $(LIBS_THIRD_BASE) $(CMOCKA_LIBS)
