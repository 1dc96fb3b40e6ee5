{{!TEXT}}
Subject: Confirm your new mail address

Confirm your new mail address.

You want to use {{ADDRESS}} for your account at {{HOST}}. The address
changes when you confirm it; until then you sign in with the old one.

Confirm the address:
{{URL}}

The link works once, and for {{LASTS}}.

-- 
This mail came because somebody who is signed in at {{HOST}} entered
{{ADDRESS}} as a new address. If that was not you, do nothing: the
address is not used without the link.
