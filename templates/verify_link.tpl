{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
{{#SPENT}}<h1>This link no longer works</h1>
<p class="second">It was used already, it is older than 24 hours, or a newer registration replaced it.</p>
<p class="foot"><a href="/login">Sign in</a> <a href="/verify">Send a new link</a></p>{{/SPENT}}
{{#USABLE}}<h1>Confirm your mail address</h1>
<p class="second">Is <b>{{EMAIL}}</b> yours, and did you register it here?</p>
<form method="post" action="/verify"><input type="hidden" name="token" value="{{TOKEN}}">
{{#PASSWORD}}<p class="note">This is not the browser that the account was registered with. Give the password that you chose then.</p>
<input type="hidden" name="username" autocomplete="username" value="{{EMAIL}}">
<div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required autofocus{{#BAD}} aria-invalid="true" aria-describedby="password-bad"{{/BAD}}>
{{#BAD}}<p class="bad-field" id="password-bad">{{TEXT}}</p>{{/BAD}}</div>{{/PASSWORD}}
<button class="button primary">Confirm and sign in</button></form>
{{#PASSWORD}}<p class="foot words">Did somebody else register you, or is the password lost? <a href="/forgot">Choose a new password</a>. Nothing that others set up is kept.</p>{{/PASSWORD}}{{/USABLE}}
</div>
