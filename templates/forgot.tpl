{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
<h1>Forgot your password?</h1>
{{>NOTE}}
<p class="second">Give the mail address of your account. We send a link there to choose a new password; it works for 30 minutes.</p>
<form method="post" action="/forgot">
<div class="field"><label for="email">Mail address</label><input id="email" name="email" type="email" autocomplete="username" maxlength="254" value="{{EMAIL}}" required{{#FIRST_TIME}} autofocus{{/FIRST_TIME}}{{#EMAIL_BAD}} aria-invalid="true" aria-describedby="email-bad"{{#FIRST}} autofocus{{/FIRST}}{{/EMAIL_BAD}}>
{{#EMAIL_BAD}}<p class="bad-field" id="email-bad">{{TEXT}}</p>{{/EMAIL_BAD}}</div>
<button class="button primary">Send the link</button>
</form>
{{#OUTBOX}}<p class="second">This server sends no mail yet; what it would send lies in the <a href="/system/outbox">outbox</a>.</p>
{{/OUTBOX}}<p class="foot"><a href="/login">Sign in</a></p>
</div>
