noinst_LIBRARIES += src/web/libweb.a
src_web_libweb_a_CPPFLAGS = $(AM_CPPFLAGS) 
src_web_libweb_a_SOURCES = \
	src/web/dispatch.c src/web/dispatch.h src/web/routes_print.c src/web/routes_print.h \
	src/web/web.h
# tidemark-web only: pages, the query API, OAuth2, health.
noinst_LIBRARIES += src/web/libpages.a
src_web_libpages_a_SOURCES = \
	src/web/confirm.c src/web/confirm.h src/web/device.c src/web/device.h \
	src/web/errpage.c src/web/errpage.h \
	src/web/guard.c src/web/guard.h \
	src/web/layout.c src/web/layout.h src/web/layout_nav.c src/web/layout_view.c \
	src/web/letter.c src/web/letter.h \
	src/web/once.c src/web/once.h \
	src/web/social.h src/web/social/arrive.c src/web/social/arrive.h \
	src/web/social/github.c src/web/social/google.c \
	src/web/social/provider.c src/web/social/provider.h \
	src/web/social/rules.c src/web/social/rules.h \
	src/web/social/ticket.c src/web/social/ticket.h \
	src/web/page/account/social.c src/web/page/account/social.h \
	src/web/page/account/social_parts.c \
	src/web/signin.c src/web/signin.h src/web/trail.c src/web/trail.h \
	src/web/page/account/account.h src/web/page/account/devices.c \
	src/web/page/account/face.c src/web/page/account/face.h \
	src/web/page/account/holdings.c src/web/page/account/parts.c \
	src/web/page/account/profile.c src/web/page/account/register.c \
	src/web/page/account/reset.c src/web/page/account/security.c \
	src/web/page/account/verify.c \
	src/web/page/design.c src/web/page/events.c src/web/page/events_rows.c src/web/page/explorer.h src/web/page/figure.c \
	src/web/page/explore/explore.c src/web/page/explore/explore.h \
	src/web/page/explore/performance_files.c src/web/page/explore/performance.c src/web/page/explore/performance.h \
	src/web/page/explore/performance_name.c src/web/page/explore/performance_trace.c \
	src/web/page/explore/crash.c src/web/page/explore/crash.h \
	src/web/page/explore/crash_acts.c src/web/page/explore/crash_stack.c \
	src/web/page/explore/crash_work.c src/web/page/explore/crashes.c \
	src/web/page/explore/live.c src/web/page/explore/people.c src/web/page/explore/person.c \
	src/web/page/explore/releases.c \
	src/web/page/explore/session.c src/web/page/explore/sessions.c \
	src/web/page/explore/timeline.c \
	src/web/page/docs.c src/web/page/home.c src/web/page/onboarding.c src/web/page/overview.c \
	src/web/page/account/two_factor.c src/web/page/account/two_factor.h \
	src/web/page/account/two_factor_setup.c src/web/page/pages.h src/web/page/pretty.c src/web/page/session.c \
	src/web/page/team/audit.c src/web/page/team/audit.h src/web/page/team/audit_file.c \
	src/web/page/snippets.c src/web/page/snippets.h \
	src/web/page/system/outbox.c src/web/page/system/system.h \
	src/web/page/team/delete.c src/web/page/team/invitation.c src/web/page/team/invite.c \
	src/web/page/team/list.c src/web/page/team/member.c src/web/page/team/members.c \
	src/web/page/team/settings.c src/web/page/team/team.h \
	src/web/routes_web.c src/web/routes_web.h \
	src/web/api/api.h src/web/api/batches.c src/web/api/crashes.c src/web/api/events.c \
	src/web/api/file.c src/web/api/persons.c src/web/api/sessions.c \
	src/web/api/definitions.c src/web/api/releases.c src/web/api/traces.c \
	src/web/api/health.c src/web/api/metrics.c src/web/api/openapi.c \
	src/web/api/projects.c src/web/api/window.c \
	src/web/api/symbols.c \
	src/web/need_token.c src/web/need_token.h \
	src/web/routes_api.c src/web/routes_api.h
# keys, tokens, projects
src_web_libpages_a_SOURCES += \
	src/web/page/field.c src/web/page/field.h \
	src/web/page/project/delete.c src/web/page/project/key_acts.c \
	src/web/page/project/keys.c src/web/page/project/list.c src/web/page/project/new.c \
	src/web/page/project/project.h src/web/page/project/settings.c \
	src/web/page/project/settings_save.c \
	src/web/page/team/tokens.c src/web/page/team/tokens.h
# OAuth 2 and sign-in by JSON
src_web_libpages_a_SOURCES += \
	src/web/access_token.c src/web/access_token.h \
	src/web/api/auth.c src/web/api/auth.h src/web/api/auth_register.c \
	src/web/api/oauth.c src/web/api/oauth.h src/web/api/oauth_meta.c \
	src/web/api/oauth_status.c src/web/api/oauth_token.c \
	src/web/page/oauth/apps.c src/web/page/oauth/authorize.c \
	src/web/page/oauth/authorize_check.c src/web/page/oauth/client_acts.c \
	src/web/page/oauth/clients.c src/web/page/oauth/oauth.h
# tidemark-ingest only: no PostgreSQL, no templates.
noinst_LIBRARIES += src/web/libdoor.a
src_web_libdoor_a_SOURCES = \
	src/web/api/ingest.c src/web/api/ingest.h src/web/api/ingest_after.c \
	src/web/api/ingest_config.c src/web/api/ingest_reply.c \
	src/web/need_write_key.c src/web/need_write_key.h \
	src/web/routes_ingest.c src/web/routes_ingest.h
