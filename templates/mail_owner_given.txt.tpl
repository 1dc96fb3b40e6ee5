{{!TEXT}}
Subject: You gave {{TEAM}} to {{TO}}

You gave {{TEAM}} to {{TO}}.

{{TO}} is the owner of the team {{TEAM}} at {{HOST}} now. You are still
a member of it.
{{#WITH_WHERE}}
From: {{WHERE}}.
{{/WITH_WHERE}}
See the team:
{{URL}}

-- 
This mail came because you, {{ADDRESS}}, were the owner of {{TEAM}}
until {{TIME}}. If you did not do this, sign in at {{SITE}}, choose a
new password and sign out everywhere else, and talk to {{TO}}.
