{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
{{#SPENT}}<h1>This link no longer works</h1>
<p class="second">It was used already, it is older than 30 minutes, or a newer one was sent.</p>
<p class="foot"><a href="/forgot">Send a new link</a> <a href="/login">Sign in</a></p>{{/SPENT}}
{{#USABLE}}<h1>Choose a new password</h1>
<p class="second">For <b>{{EMAIL}}</b>. Every session of the account ends{{#TWO_FACTOR}}; the second factor stays on{{/TWO_FACTOR}}.</p>
<form method="post" action="/reset"><input type="hidden" name="token" value="{{TOKEN}}">
<input type="hidden" name="username" autocomplete="username" value="{{EMAIL}}">
<div class="field"><label for="password">New password</label><input id="password" name="password" type="password" autocomplete="new-password" minlength="10" required aria-describedby="password-hint{{#PASSWORD_BAD}} password-bad{{/PASSWORD_BAD}}"{{#FIRST_TIME}} autofocus{{/FIRST_TIME}}{{#PASSWORD_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/PASSWORD_BAD}}>
{{#PASSWORD_BAD}}<p class="bad-field" id="password-bad">{{TEXT}}</p>{{/PASSWORD_BAD}}
<p class="hint" id="password-hint">At least 10 characters. Any will do, blanks too.</p></div>
<button class="button primary">Set the password</button></form>{{/USABLE}}
</div>
