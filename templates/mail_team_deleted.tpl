{{%AUTOESCAPE context="HTML"}}
<h1 style="margin:0 0 16px;font-size:22px;line-height:28px;font-weight:600">The team {{TEAM}} will be deleted</h1>
<p style="margin:0 0 16px">{{BY}} has deleted the team {{TEAM}} at {{HOST}}. Its projects take no more events. All its data will be gone for good on {{WHEN}}.</p>
<p style="margin:0 0 16px">Until then an owner can bring the team back.</p>
<p style="margin:24px 0"><a class="tm-act" href="{{URL}}" style="display:inline-block;padding:11px 20px;border-radius:7px;background:#0b6b73;color:#ffffff;font-weight:500;text-decoration:none">See your teams</a></p>
<p class="tm-two" style="margin:0 0 24px;color:#4a5865;font-size:13px;line-height:20px">Or open this address: <a class="tm-link" href="{{URL}}" style="color:#0b6b73;word-break:break-all">{{URL}}</a></p>
<p class="tm-two tm-rule" style="margin:28px 0 0;padding-top:16px;border-top:1px solid #e4e1d9;color:#4a5865;font-size:13px;line-height:20px">This mail came because you, {{ADDRESS}}, are a member of the team. If you think that this is a mistake, talk to {{BY}} or another owner before that day.</p>
