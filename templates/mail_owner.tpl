{{%AUTOESCAPE context="HTML"}}
<h1 style="margin:0 0 16px;font-size:22px;line-height:28px;font-weight:600">You are now an owner of {{TEAM}}</h1>
{{#WITH_BY}}<p style="margin:0 0 16px">{{BY}} made you an owner of the team.</p>{{/WITH_BY}}
<p style="margin:0 0 16px">As an owner of {{TEAM}} at {{HOST}} you may do everything in it: its members, its projects, its keys, and deleting it.</p>
<p style="margin:24px 0"><a class="tm-act" href="{{URL}}" style="display:inline-block;padding:11px 20px;border-radius:7px;background:#0b6b73;color:#ffffff;font-weight:500;text-decoration:none">See the team</a></p>
<p class="tm-two" style="margin:0 0 24px;color:#4a5865;font-size:13px;line-height:20px">Or open this address: <a class="tm-link" href="{{URL}}" style="color:#0b6b73;word-break:break-all">{{URL}}</a></p>
<p class="tm-two tm-rule" style="margin:28px 0 0;padding-top:16px;border-top:1px solid #e4e1d9;color:#4a5865;font-size:13px;line-height:20px">This mail came because you, {{ADDRESS}}, are a member of {{TEAM}}. If you do not want to be an owner, give the role to another member in the team's settings.</p>
