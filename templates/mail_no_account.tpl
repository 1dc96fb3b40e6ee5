{{%AUTOESCAPE context="HTML"}}
<h1 style="margin:0 0 16px;font-size:22px;line-height:28px;font-weight:600">There is no account with this address</h1>
<p style="margin:0 0 16px">Somebody asked for a new password at {{HOST}} for {{ADDRESS}}, but there is no account with this address. Perhaps you registered with another one.</p>
<p style="margin:0 0 16px">Nothing was made or changed. You can register whenever you like:</p>
<p style="margin:24px 0"><a class="tm-act" href="{{URL}}" style="display:inline-block;padding:11px 20px;border-radius:7px;background:#0b6b73;color:#ffffff;font-weight:500;text-decoration:none">Register</a></p>
<p class="tm-two" style="margin:0 0 24px;color:#4a5865;font-size:13px;line-height:20px">Or open this address: <a class="tm-link" href="{{URL}}" style="color:#0b6b73;word-break:break-all">{{URL}}</a></p>
<p class="tm-two tm-rule" style="margin:28px 0 0;padding-top:16px;border-top:1px solid #e4e1d9;color:#4a5865;font-size:13px;line-height:20px">This mail came because {{ADDRESS}} was entered at {{HOST}} under “Forgotten password”. If that was not you, you need not do anything.</p>
