{{!TEXT}}
Subject: {{TEAM}} will be deleted

The team {{TEAM}} will be deleted.

{{BY}} has deleted the team {{TEAM}} at {{HOST}}. Its projects take no
more events. All its data will be gone for good on {{WHEN}}.

Until then an owner can bring the team back.

See your teams:
{{URL}}

-- 
This mail came because you, {{ADDRESS}}, are a member of the team. If
you think that this is a mistake, talk to {{BY}} or another owner before
that day.
