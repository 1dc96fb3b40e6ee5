{{!TEXT}}
Subject: {{BY}} invites you to {{TEAM}}

You are invited to {{TEAM}}.

{{BY}} invites you to the team {{TEAM}} on Tidemark at {{HOST}}. Your
role will be {{ROLE}}.

See the invitation:
{{URL}}

The link works once, and for {{LASTS}}. It is for {{ADDRESS}} only.

-- 
This mail came because {{BY}} entered {{ADDRESS}} as the address of a
new member. If you do not know why, do nothing: without the link nobody
joins in your name.
