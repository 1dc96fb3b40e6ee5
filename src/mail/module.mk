noinst_LIBRARIES += src/mail/libmail.a
src_mail_libmail_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
src_mail_libmail_a_SOURCES = \
	src/mail/carrier.c src/mail/carrier.h \
	src/mail/message.c src/mail/message.h src/mail/read.c \
	src/mail/outbox.c src/mail/outbox.h
