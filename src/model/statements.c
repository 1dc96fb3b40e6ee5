/* statements.c - see statements.h. */
#include "model/statements.h"

#include "model/account/identity.h"
#include "model/account/mail.h"
#include "model/account/avatar.h"
#include "model/account/link.h"
#include "model/account/credential.h"
#include "model/account/session.h"
#include "model/account/throttle.h"
#include "model/account/token.h"
#include "model/account/twofactor.h"
#include "model/account/user.h"
#include "model/governance/rules.h"
#include "model/governance/sample.h"
#include "model/governance/tracking.h"
#include "model/insight/pack.h"
#include "model/insight/saved.h"
#include "model/oauth/client.h"
#include "model/oauth/grant.h"
#include "model/oauth/signing_key.h"
#include "model/project/crash_act.h"
#include "model/project/key.h"
#include "model/project/privacy.h"
#include "model/project/project.h"
#include "model/project/retain.h"
#include "model/project/sdk.h"
#include "model/project/symbol_file.h"
#include "model/system/alarm.h"
#include "model/system/dead_letter.h"
#include "model/system/job_run.h"
#include "model/system/minute.h"
#include "model/system/room.h"
#include "model/system/webhook.h"
#include "model/team/adoption.h"
#include "model/team/audit.h"
#include "model/team/flag.h"
#include "model/team/invitation.h"
#include "model/team/member.h"
#include "model/team/plan.h"
#include "model/team/subscription.h"
#include "model/team/team.h"
#include "model/team/two_factor.h"
#include "model/team/usage.h"

const struct stmt_list *const model_statements[MODEL_LISTS] = {
	&avatar_statements, &link_statements,
	&user_statements, &session_statements, &token_statements, &team_statements,
	&member_statements, &audit_statements, &project_statements, &environment_statements,
	&key_statements, &key_mirror_statements, &identity_statements, &mail_statements,
	&invitation_statements,
	&client_statements, &grant_statements, &signing_key_statements,
	&credential_statements, &throttle_statements, &twofactor_statements,
	&team_two_factor_statements,
	&symbol_file_statements, &privacy_statements,
	&rules_statements, &sample_statements, &tracking_statements,
	&retain_statements, &sdk_statements, &flag_statements, &plan_statements, &subscription_statements, &usage_statements,
	&alarm_statements, &alarm_rule_statements, &webhook_statements,
	&adoption_statements, &pack_statements, &saved_statements, &dead_letter_statements, &job_run_statements, &minute_statements,
	&room_statements,
	&crash_group_act_statements, &crash_merge_statements, &crash_resolve_statements,
};
