{{%AUTOESCAPE context="HTML"}}
<div class="card wide">
{{>BRAND}}
<h1>Join {{TEAM}}</h1>
<p>{{BY}} invites {{EMAIL}} to the team <b>{{TEAM}}</b>.</p>
<dl class="pairs"><dt>Your role</dt><dd>{{ROLE}}, {{ROLE_TEXT}}</dd><dt>Open until</dt><dd>{{ENDS}} UTC</dd></dl>
{{#ACCEPT}}<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button primary">Join the team</button></form>{{/ACCEPT}}
{{#UNVERIFIED}}<p class="note">Confirm your mail address first; then open the link of the invitation again.</p><p><a class="button primary" href="/verify">Confirm the address</a></p>{{/UNVERIFIED}}
{{#OUT}}<p>Sign in with {{EMAIL}}, or create an account with it. You come back here afterwards.</p>
<p class="button-row"><a class="button primary" href="{{LOGIN}}">Sign in</a> <a class="button" href="{{REGISTER}}">Create an account</a></p>{{/OUT}}
{{#OTHER}}<p class="note">This invitation is for <b>{{EMAIL}}</b>. You are signed in as {{OWN}}. Sign out, and open the link of the mail again to join with that address.</p>
<form method="post" action="/logout"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button">Sign out</button></form>{{/OTHER}}
</div>
