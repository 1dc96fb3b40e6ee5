templatesdir = $(pkgdatadir)/templates
dist_templates_DATA = templates/request.tpl templates/request_new.tpl templates/requests.tpl \
	templates/audit.tpl templates/brand.tpl templates/confirm.tpl templates/security_two_factor.tpl \
	templates/two_factor.tpl templates/two_factor_codes.tpl templates/two_factor_setup.tpl templates/definitions.tpl templates/docs.tpl templates/docs_api.tpl templates/docs_compatibility.tpl \
	templates/docs_errors.tpl templates/docs_operation.tpl templates/docs_quickstart.tpl templates/runbook.tpl templates/design.tpl \
	templates/error.tpl templates/events.tpl templates/figure.tpl \
	templates/head.tpl templates/home.tpl templates/layout.tpl templates/note.tpl \
	templates/login.tpl templates/onboarding.tpl templates/overview.tpl \
	templates/apps.tpl templates/client.tpl templates/clients.tpl \
	templates/oauth_consent.tpl templates/oauth_refused.tpl \
	templates/release.tpl templates/releases.tpl templates/performance.tpl templates/performance_name.tpl templates/performance_trace.tpl \
	templates/people.tpl templates/person.tpl templates/live.tpl \
	templates/plain.tpl templates/session.tpl templates/sessions.tpl templates/settings.tpl templates/storage.tpl \
	templates/storage_confirm.tpl templates/theme.tpl
dist_templates_DATA += templates/identities.tpl templates/social_confirm.tpl \
	templates/social_go.tpl templates/social_offer.tpl templates/social_pending.tpl
dist_templates_DATA += templates/outbox.tpl templates/outbox_mail.tpl templates/system_adoption.tpl templates/system_adoption_part.tpl templates/system_home.tpl templates/system_queues.tpl \
	templates/system_alarms.tpl templates/system_webhook.tpl templates/system_webhooks.tpl \
	templates/system_letter.tpl templates/system_letters.tpl templates/system_letters_bulk.tpl
dist_templates_DATA += templates/account_delete.tpl templates/address.tpl templates/devices.tpl templates/face.tpl \
	templates/forgot.tpl templates/holdings.tpl templates/profile.tpl templates/register.tpl \
	templates/reset.tpl templates/security.tpl templates/verify.tpl \
	templates/verify_link.tpl
# privacy, tracking plan, schemas
dist_templates_DATA += templates/privacy.tpl templates/schema.tpl templates/tracking_event.tpl \
	templates/tracking_plan.tpl
# mails: HTML and text
dist_templates_DATA += templates/mail.tpl templates/mail_account_deleted.tpl \
	templates/mail_account_deleted.txt.tpl templates/mail_email_changed.tpl \
	templates/mail_email_changed.txt.tpl templates/mail_email_confirm.tpl \
	templates/mail_email_confirm.txt.tpl templates/mail_exists.tpl \
	templates/mail_exists.txt.tpl templates/mail_identity.tpl \
	templates/mail_identity.txt.tpl templates/mail_invitation.tpl \
	templates/mail_invitation.txt.tpl templates/mail_new_sign_in.tpl \
	templates/mail_new_sign_in.txt.tpl templates/mail_no_account.tpl \
	templates/mail_no_account.txt.tpl templates/mail_owner.tpl \
	templates/mail_owner.txt.tpl templates/mail_owner_given.tpl \
	templates/mail_owner_given.txt.tpl templates/mail_password.tpl \
	templates/mail_password.txt.tpl templates/mail_reset.tpl \
	templates/mail_reset.txt.tpl templates/mail_team_deleted.tpl \
	templates/mail_team_deleted.txt.tpl templates/mail_two_factor.tpl \
	templates/mail_two_factor.txt.tpl templates/mail_verify.tpl \
	templates/mail_verify.txt.tpl
# keys, tokens, projects
dist_templates_DATA += templates/key.tpl templates/keys.tpl templates/project_delete.tpl \
	templates/symbol.tpl templates/symbols.tpl \
	templates/project_new.tpl templates/projects.tpl templates/token.tpl templates/tokens.tpl
# plans and feature flags
dist_templates_DATA += templates/billing.tpl templates/flags.tpl templates/sdk.tpl \
	templates/system_flags.tpl templates/system_plans.tpl
# teams
dist_templates_DATA += templates/invitation.tpl templates/member.tpl templates/members.tpl \
	templates/team_delete.tpl templates/team_new.tpl templates/team_settings.tpl templates/teams.tpl
# crashes
dist_templates_DATA += templates/crash.tpl templates/crashes.tpl
# saved views, diagnostics
dist_templates_DATA += templates/diagnostics.tpl templates/report_edit.tpl templates/reports.tpl \
	templates/review.tpl templates/review_file.tpl templates/review_pack.tpl templates/review_packs.tpl
# pipeline
dist_templates_DATA += templates/pipeline.tpl templates/pipeline_batch.tpl \
	templates/pipeline_batches.tpl templates/pipeline_gaps.tpl templates/pipeline_rejects.tpl
