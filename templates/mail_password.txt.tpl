{{!TEXT}}
Subject: Your password was changed

Your password was changed.

The password of your account at {{HOST}} was changed on {{TIME}}. Your
other browsers were signed out.
{{#WITH_WHERE}}
From: {{WHERE}}.
{{/WITH_WHERE}}
See your sessions:
{{URL}}

-- 
This mail came because {{ADDRESS}} belongs to the account. If you did
not do this, choose a new password at once with “Forgotten password” on
the sign-in page of {{SITE}}, then look at your sessions and your second
factor.
