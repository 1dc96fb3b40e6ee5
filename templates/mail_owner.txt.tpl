{{!TEXT}}
Subject: You are now an owner of {{TEAM}}

You are now an owner of {{TEAM}}.
{{#WITH_BY}}
{{BY}} made you an owner of the team.
{{/WITH_BY}}
As an owner of {{TEAM}} at {{HOST}} you may do everything in it: its
members, its projects, its keys, and deleting it.

See the team:
{{URL}}

-- 
This mail came because you, {{ADDRESS}}, are a member of {{TEAM}}. If
you do not want to be an owner, give the role to another member in the
team's settings.
