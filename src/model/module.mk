noinst_LIBRARIES += src/model/libmodel.a
src_model_libmodel_a_CPPFLAGS = $(AM_CPPFLAGS)
src_model_libmodel_a_SOURCES = \
	src/model/statements.c src/model/statements.h \
	src/model/governance/detect.c src/model/governance/detect.h \
	src/model/governance/keyname.c src/model/governance/keyname.h \
	src/model/governance/tracking.c src/model/governance/tracking.h \
	src/model/governance/policy.c src/model/governance/policy.h \
	src/model/governance/rules.c src/model/governance/rules.h \
	src/model/governance/sample.c src/model/governance/sample.h \
	src/model/governance/schema.c src/model/governance/schema.h \
	src/model/governance/schema_check.c src/model/governance/schema_node.h \
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
	src/model/insight/pack.c src/model/insight/pack.h \
	src/model/insight/saved.c src/model/insight/saved.h \
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
	src/model/project/retain.c src/model/project/retain.h \
	src/model/project/sdk.c src/model/project/sdk.h \
	src/model/project/receipt.c src/model/project/receipt.h \
	src/model/project/privacy.c src/model/project/privacy.h \
	src/model/project/project.c src/model/project/project.h \
	src/model/project/symbol_file.c src/model/project/symbol_file.h \
	src/model/project/release.c src/model/project/release.h \
	src/model/system/alarm.c src/model/system/alarm.h src/model/system/alarm_rule.c \
	src/model/system/webhook.c src/model/system/webhook.h \
	src/model/system/dead_letter.c src/model/system/dead_letter.h \
	src/model/system/job_run.c src/model/system/job_run.h \
	src/model/system/minute.c src/model/system/minute.h \
	src/model/system/room.c src/model/system/room.h \
	src/model/team/adoption.c src/model/team/adoption.h \
	src/model/team/audit.c src/model/team/audit.h src/model/team/audit_text.c \
	src/model/team/audit_words.c \
	src/model/team/flag.c src/model/team/flag.h src/model/team/flag_rule.c \
	src/model/team/plan.c src/model/team/plan.h \
	src/model/team/provider.c src/model/team/provider.h \
	src/model/team/subscription.c src/model/team/subscription.h \
	src/model/team/usage.c src/model/team/usage.h \
	src/model/team/invitation.c src/model/team/invitation.h \
	src/model/team/member.c src/model/team/member.h \
	src/model/team/perm.c src/model/team/perm.h \
	src/model/team/slug.c src/model/team/slug.h \
	src/model/team/two_factor.c src/model/team/two_factor.h \
	src/model/team/team.c src/model/team/team.h
