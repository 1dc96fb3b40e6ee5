noinst_LIBRARIES += src/model/libmodel.a
src_model_libmodel_a_CPPFLAGS = $(AM_CPPFLAGS)
src_model_libmodel_a_SOURCES = \
	src/model/statements.c src/model/statements.h \
	src/model/account/identity.c src/model/account/identity.h \
	src/model/account/mail.c src/model/account/mail.h \
	src/model/account/avatar.c src/model/account/avatar.h \
	src/model/account/link.c src/model/account/link.h \
	src/model/account/password.c src/model/account/password.h \
	src/model/account/password_common.def \
	src/model/account/credential.c src/model/account/credential.h \
	src/model/account/session.c src/model/account/session.h \
	src/model/account/throttle.c src/model/account/throttle.h \
	src/model/account/twofactor.c src/model/account/twofactor.h \
	src/model/account/token.c src/model/account/token.h \
	src/model/account/user.c src/model/account/user.h \
	src/model/oauth/client.c src/model/oauth/client.h \
	src/model/oauth/grant.c src/model/oauth/grant.h \
	src/model/oauth/redirect.c src/model/oauth/redirect.h \
	src/model/oauth/signing_key.c src/model/oauth/signing_key.h \
	src/model/project/crash_act.h src/model/project/crash_group.c \
	src/model/project/crash_group.h src/model/project/crash_merge.c \
	src/model/project/crash_resolve.c \
	src/model/project/environment.c src/model/project/environment.h \
	src/model/project/key.c src/model/project/key.h \
	src/model/project/key_mirror.c \
	src/model/project/project.c src/model/project/project.h \
	src/model/project/symbol_file.c src/model/project/symbol_file.h \
	src/model/project/release.c src/model/project/release.h \
	src/model/team/audit.c src/model/team/audit.h src/model/team/audit_text.c \
	src/model/team/audit_words.c \
	src/model/team/invitation.c src/model/team/invitation.h \
	src/model/team/member.c src/model/team/member.h \
	src/model/team/perm.c src/model/team/perm.h \
	src/model/team/slug.c src/model/team/slug.h \
	src/model/team/two_factor.c src/model/team/two_factor.h \
	src/model/team/team.c src/model/team/team.h
