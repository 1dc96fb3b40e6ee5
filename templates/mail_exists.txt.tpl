{{!TEXT}}
Subject: You have an account already

You have an account already.

Somebody, probably you, tried to register at {{HOST}} with this address.
There is an account with it, so no other one was made and nothing was
changed.

Sign in with it. If the password is gone, the sign-in page helps you to
choose a new one.

Sign in:
{{URL}}

-- 
This mail came because {{ADDRESS}} was entered in the registration form
of {{HOST}}. If that was not you, you need not do anything.
