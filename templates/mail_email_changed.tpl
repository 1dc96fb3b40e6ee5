{{%AUTOESCAPE context="HTML"}}
<h1 style="margin:0 0 16px;font-size:22px;line-height:28px;font-weight:600">Your mail address was changed</h1>
<p style="margin:0 0 16px">The mail address of your account at {{HOST}} was changed on {{TIME}}. From now on mails go to the new address, and you sign in with it.</p>
{{#WITH_WHAT}}<p style="margin:0 0 16px">{{WHAT}}</p>{{/WITH_WHAT}}
{{#WITH_WHERE}}<p style="margin:0 0 16px">From: {{WHERE}}.</p>{{/WITH_WHERE}}
<p class="tm-two tm-rule" style="margin:28px 0 0;padding-top:16px;border-top:1px solid #e4e1d9;color:#4a5865;font-size:13px;line-height:20px">This mail came because {{ADDRESS}} was the address of the account until now. If you did not do this, somebody else has got into your account: write to the people who run {{HOST}} today.</p>
