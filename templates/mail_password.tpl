{{%AUTOESCAPE context="HTML"}}
<h1 style="margin:0 0 16px;font-size:22px;line-height:28px;font-weight:600">Your password was changed</h1>
<p style="margin:0 0 16px">The password of your account at {{HOST}} was changed on {{TIME}}. All other browsers were signed out.</p>
{{#WITH_WHERE}}<p style="margin:0 0 16px">From: {{WHERE}}.</p>{{/WITH_WHERE}}
<p style="margin:0 0 16px">If you did not do this, somebody else has your password. Choose a new one at once, then look at your sessions and your second factor.</p>
<p style="margin:24px 0"><a class="tm-act" href="{{URL}}" style="display:inline-block;padding:11px 20px;border-radius:7px;background:#0b6b73;color:#ffffff;font-weight:500;text-decoration:none">That was not me</a></p>
<p class="tm-two" style="margin:0 0 24px;color:#4a5865;font-size:13px;line-height:20px">Or open this address: <a class="tm-link" href="{{URL}}" style="color:#0b6b73;word-break:break-all">{{URL}}</a></p>
<p class="tm-two tm-rule" style="margin:28px 0 0;padding-top:16px;border-top:1px solid #e4e1d9;color:#4a5865;font-size:13px;line-height:20px">This mail came because {{ADDRESS}} belongs to the account. If you changed the password yourself, you need not do anything.</p>
