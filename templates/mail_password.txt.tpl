{{!TEXT}}
Subject: Your password was changed

Your password was changed.

The password of your account at {{HOST}} was changed on {{TIME}}. All
other browsers were signed out.
{{#WITH_WHERE}}
From: {{WHERE}}.
{{/WITH_WHERE}}
If you did not do this, somebody else has your password. Choose a new
one at once, then look at your sessions and your second factor.

That was not me:
{{URL}}

-- 
This mail came because {{ADDRESS}} belongs to the account. If you
changed the password yourself, you need not do anything.
