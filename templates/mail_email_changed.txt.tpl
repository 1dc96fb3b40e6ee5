{{!TEXT}}
Subject: Your mail address was changed

Your mail address was changed.

The mail address of your account at {{HOST}} was changed on {{TIME}}.
From now on mails go to the new address, and you sign in with it.
{{#WITH_WHAT}}
{{WHAT}}
{{/WITH_WHAT}}{{#WITH_WHERE}}
From: {{WHERE}}.
{{/WITH_WHERE}}
-- 
This mail came because {{ADDRESS}} was the address of the account until
now. If you did not do this, somebody else has got into your account:
write to the people who run {{HOST}} today.
