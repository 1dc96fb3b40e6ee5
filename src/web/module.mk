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
	src/web/file.c src/web/file.h \
	src/web/guard.c src/web/guard.h \
	src/web/layout.c src/web/layout.h src/web/layout_nav.c src/web/layout_view.c \
	src/web/letter.c src/web/letter.h src/web/milestone.c src/web/milestone.h \
	src/web/privacy.c src/web/privacy.h src/web/api/privacy.c \
	src/web/once.c src/web/once.h src/web/replica.c src/web/replica.h \
	src/web/social.h src/web/social/arrive.c src/web/social/arrive.h \
	src/web/social/github.c src/web/social/google.c \
	src/web/social/provider.c src/web/social/provider.h \
	src/web/social/rules.c src/web/social/rules.h \
	src/web/social/ticket.c src/web/social/ticket.h \
	src/web/page/account/social.c src/web/page/account/social.h \
	src/web/page/account/social_parts.c \
	src/web/signin.c src/web/signin.h src/web/trail.c src/web/trail.h src/web/who.c src/web/who.h \
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
	src/web/openapi.c src/web/openapi.h src/web/page/docs/definitions.c \
	src/web/page/docs/errors.c src/web/page/docs/guides.c src/web/page/docs/guides.h \
	src/web/page/docs/quickstart.c src/web/page/docs/reference.c src/web/page/home.c src/web/page/onboarding.c src/web/page/overview.c \
	src/web/page/docs/compatibility.c src/web/page/docs/compatibility.h src/web/page/docs/compatibility_rows.c \
	src/web/page/account/two_factor.c src/web/page/account/two_factor.h \
	src/web/page/account/two_factor_setup.c src/web/page/pages.h src/web/page/pretty.c src/web/page/session.c \
	src/web/page/team/audit.c src/web/page/team/audit.h src/web/page/team/audit_file.c \
	src/web/page/snippets.c src/web/page/snippets.h \
	src/web/api/system.c src/web/api/system.h src/web/api/system_alarms.c src/web/api/system_letters.c \
	src/web/page/system/alarms.c src/web/page/system/alarms.h src/web/page/system/webhooks.c \
	src/web/page/system/letter.c src/web/page/system/letter_acts.c src/web/page/system/letters.c src/web/page/system/letters.h \
	src/web/page/system/queues.c src/web/page/system/queues.h src/web/page/system/queue_acts.c \
	src/web/page/system/adoption.c src/web/page/system/home.c src/web/page/system/outbox.c src/web/page/system/system.h \
	src/web/page/team/delete.c src/web/page/team/invitation.c src/web/page/team/invite.c \
	src/web/page/team/list.c src/web/page/team/member.c src/web/page/team/members.c \
	src/web/page/team/settings.c src/web/page/team/team.h \
	src/web/routes_web.c src/web/routes_web.h \
	src/web/api/api.h src/web/api/batches.c src/web/api/body.c src/web/api/crashes.c src/web/api/events.c \
	src/web/api/list.c src/web/api/persons.c src/web/api/sessions.c \
	src/web/api/definitions.c src/web/api/releases.c src/web/api/traces.c \
	src/web/api/health.c src/web/api/health_metrics.c src/web/api/metrics.c \
	src/web/api/projects.c src/web/api/window.c \
	src/web/api/symbols.c \
	src/web/need_token.c src/web/need_token.h \
	src/web/routes_api.c src/web/routes_api.h
# privacy, tracking plan, schemas
src_web_libpages_a_SOURCES += \
	src/web/api/tracking.c src/web/tracking_file.c src/web/tracking_file.h \
	src/web/page/data/tracking.c src/web/page/data/tracking_event.c \
	src/web/page/data/tracking_files.c src/web/page/data/schema.c \
	src/web/page/data/data.h src/web/page/data/privacy.c src/web/page/data/privacy_save.c
# keys, tokens, projects
src_web_libpages_a_SOURCES += \
	src/web/page/field.c src/web/page/field.h \
	src/web/page/project/delete.c src/web/page/project/key_acts.c \
	src/web/page/project/keys.c src/web/page/project/symbols.c \
	src/web/page/project/list.c src/web/page/project/new.c \
	src/web/page/project/request_new.c src/web/page/project/requests.c src/web/page/project/requests.h \
	src/web/page/project/project.h src/web/page/project/settings.c \
	src/web/page/project/settings_save.c src/web/page/project/storage.c \
	src/web/page/team/tokens.c src/web/page/team/tokens.h
# plans and feature flags
src_web_libpages_a_SOURCES += \
	src/web/api/billing.c src/web/api/subscribe.c \
	src/web/page/plan/amount.c src/web/page/plan/billing.c src/web/page/plan/flags.c \
	src/web/page/plan/plan.h src/web/page/plan/sdk.c src/web/page/plan/system_flags.c \
	src/web/page/plan/system_plans.c
# what became of every item
src_web_libpages_a_SOURCES += \
	src/web/api/pipeline.c \
	src/web/page/pipeline/pipeline.c src/web/page/pipeline/pipeline.h \
	src/web/page/pipeline/batches.c src/web/page/pipeline/rejects.c \
	src/web/page/rejects.c src/web/page/rejects.h
# saved views, diagnostics
src_web_libpages_a_SOURCES += src/web/page/support/support.c src/web/page/support/support.h
src_web_libpages_a_SOURCES += \
	src/web/api/reports.c src/web/api/reviews.c src/web/page/reports/reports.c src/web/page/reports/reports.h \
	src/web/page/reports/review.c src/web/page/reports/review.h \
	src/web/page/reports/review_fill.c
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
	src/web/api/ingest_config.c src/web/api/ingest_foreign.c src/web/api/ingest_reply.c \
	src/web/door_rules.c src/web/door_rules.h \
	src/web/need_write_key.c src/web/need_write_key.h \
	src/web/routes_ingest.c src/web/routes_ingest.h
