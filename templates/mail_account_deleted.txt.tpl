{{!TEXT}}
Subject: Your account was deleted

Your account was deleted.

Your account at {{HOST}} was deleted on {{TIME}}: profile, password,
sessions, tokens and links to other accounts. Teams of which you were
the only member went with it.

This is the last mail you get from us.

-- 
This mail came because {{ADDRESS}} belonged to the account. If you did
not do this, write to the people who run {{HOST}}.
