{{%AUTOESCAPE context="HTML"}}
<h1 style="margin:0 0 16px;font-size:22px;line-height:28px;font-weight:600">You gave {{TEAM}} to {{TO}}</h1>
<p style="margin:0 0 16px">{{TO}} is the owner of the team {{TEAM}} at {{HOST}} now. You are still a member of it.</p>
{{#WITH_WHERE}}<p style="margin:0 0 16px">From: {{WHERE}}.</p>{{/WITH_WHERE}}
<p style="margin:24px 0"><a class="tm-act" href="{{URL}}" style="display:inline-block;padding:11px 20px;border-radius:7px;background:#0b6b73;color:#ffffff;font-weight:500;text-decoration:none">See the team</a></p>
<p class="tm-two" style="margin:0 0 24px;color:#4a5865;font-size:13px;line-height:20px">Or open this address: <a class="tm-link" href="{{URL}}" style="color:#0b6b73;word-break:break-all">{{URL}}</a></p>
<p class="tm-two tm-rule" style="margin:28px 0 0;padding-top:16px;border-top:1px solid #e4e1d9;color:#4a5865;font-size:13px;line-height:20px">This mail came because you, {{ADDRESS}}, were the owner of {{TEAM}} until {{TIME}}. If you did not do this, sign in at {{SITE}}, choose a new password and sign out everywhere else, and talk to {{TO}}.</p>
