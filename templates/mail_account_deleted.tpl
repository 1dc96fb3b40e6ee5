{{%AUTOESCAPE context="HTML"}}
<h1 style="margin:0 0 16px;font-size:22px;line-height:28px;font-weight:600">Your account was deleted</h1>
<p style="margin:0 0 16px">Your account at {{HOST}} was deleted on {{TIME}}: profile, password, sessions, tokens and links to other accounts. Teams of which you were the only member went with it.</p>
<p style="margin:0 0 16px">This is the last mail you get from us.</p>
<p class="tm-two tm-rule" style="margin:28px 0 0;padding-top:16px;border-top:1px solid #e4e1d9;color:#4a5865;font-size:13px;line-height:20px">This mail came because {{ADDRESS}} belonged to the account. If you did not do this, write to the people who run {{HOST}}.</p>
