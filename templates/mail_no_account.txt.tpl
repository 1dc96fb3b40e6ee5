{{!TEXT}}
Subject: There is no account with this address

There is no account with this address.

Somebody asked for a new password at {{HOST}} for {{ADDRESS}}, but there
is no account with this address. Perhaps you registered with another
one.

Nothing was made or changed. You can register whenever you
like:

Register:
{{URL}}

-- 
This mail came because {{ADDRESS}} was entered at {{HOST}} under
“Forgotten password”. If that was not you, you need not do anything.
