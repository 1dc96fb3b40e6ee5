{{%AUTOESCAPE context="HTML"}}
<h1 style="margin:0 0 16px;font-size:22px;line-height:28px;font-weight:600">You have an account already</h1>
<p style="margin:0 0 16px">Somebody, probably you, tried to register at {{HOST}} with this address. There is an account with it, so no other one was made and nothing was changed.</p>
<p style="margin:0 0 16px">Sign in with it. If the password is gone, the sign-in page helps you to choose a new one.</p>
<p style="margin:24px 0"><a class="tm-act" href="{{URL}}" style="display:inline-block;padding:11px 20px;border-radius:7px;background:#0b6b73;color:#ffffff;font-weight:500;text-decoration:none">Sign in</a></p>
<p class="tm-two" style="margin:0 0 24px;color:#4a5865;font-size:13px;line-height:20px">Or open this address: <a class="tm-link" href="{{URL}}" style="color:#0b6b73;word-break:break-all">{{URL}}</a></p>
<p class="tm-two tm-rule" style="margin:28px 0 0;padding-top:16px;border-top:1px solid #e4e1d9;color:#4a5865;font-size:13px;line-height:20px">This mail came because {{ADDRESS}} was entered in the registration form of {{HOST}}. If that was not you, you need not do anything.</p>
