{{!TEXT}}
Subject: New sign-in to your account

New sign-in to your account.

Your account at {{HOST}} was used on {{TIME}} from a browser that we had
not seen before.
{{#WITH_WHERE}}
From: {{WHERE}}.
{{/WITH_WHERE}}
If that was you, you need not do anything.

See your sessions:
{{URL}}

-- 
This mail came because {{ADDRESS}} belongs to the account. If that was
not you, sign in at {{SITE}}, choose a new password and sign out
everywhere else.
