{{!TEXT}}
Subject: Confirm your mail address

Confirm your mail address.

Welcome to Tidemark. Your account is open as soon as we know that this
address is yours.

Confirm the address:
{{URL}}

The link works once, and for {{LASTS}}.

-- 
This mail came because somebody registered at {{HOST}} as {{ADDRESS}}.
If that was not you, do nothing: the account stays closed without the
link.
