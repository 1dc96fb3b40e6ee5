{{!TEXT}}
Subject: Your second factor was changed

Your second factor was changed.

{{WHAT}}

It happened on {{TIME}} in your account at {{HOST}}.
{{#WITH_WHERE}}
From: {{WHERE}}.
{{/WITH_WHERE}}
See your security settings:
{{URL}}

-- 
This mail came because {{ADDRESS}} belongs to the account. If you did
not do this, sign in at {{SITE}}, choose a new password and sign out
everywhere else.
