{{!TEXT}}
Subject: Choose a new password

Choose a new password.

You asked for a new password for your account at {{HOST}}. The old one
is valid until you have chosen another.

Choose a new password:
{{URL}}

The link works once, and for {{LASTS}}.

-- 
This mail came because {{ADDRESS}} was entered at {{HOST}} under
“Forgotten password”. If that was not you, do nothing: without the link
nobody can change the password.
