# The schema, run by `tidemarkctl migrate up` in order of number; bootstrap.sql
# is run once before it by a superuser.
sqldir = $(pkgdatadir)/sql
dist_sql_DATA = sql/bootstrap.sql sql/0001_tenants.sql sql/0002_telemetry.sql \
	sql/0003_rollups.sql sql/0004_access.sql sql/0005_query_indexes.sql \
	sql/0006_blocks.sql sql/0007_inline_days.sql sql/0008_seen_add.sql sql/0009_identity.sql \
	sql/0010_accounts.sql sql/0012_social.sql \
	sql/0013_two_factor.sql sql/0014_teams.sql sql/0015_oauth.sql sql/0016_keys.sql \
	sql/0017_audit.sql sql/0018_audit_chain.sql sql/0019_audit_close.sql \
	sql/0020_sweep.sql sql/0022_crash_work.sql \
	sql/0023_identity_again.sql sql/0024_symbols.sql sql/0025_people.sql \
	sql/0026_explorers.sql \
	sql/0027_retention.sql \
	sql/0028_privacy.sql \
	sql/0029_policy.sql \
	sql/0030_queues.sql \
	sql/0031_pipeline.sql \
	sql/0032_plans.sql \
	sql/0033_flags.sql \
	sql/0034_adoption.sql \
	sql/0035_waits.sql \
	sql/0036_partition_owner.sql \
	sql/0037_review_packs.sql \
	sql/0038_adoption_sums.sql \
	sql/0039_activity.sql \
	sql/0040_sessions_fatal.sql \
	sql/0041_erasure_names.sql \
	sql/0042_erasure_views.sql \
	sql/0043_adoption_index.sql \
	sql/0044_adoption_days.sql \
	sql/0045_data_directory.sql \
	sql/0046_trace_days.sql \
	sql/0047_usage_warnings.sql
