{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
<h1>Create an account</h1>
{{#CLOSED}}<p class="second">Registration is closed on this server. Ask the people who run it for an account.</p>
<p class="foot"><a href="/login">Sign in</a></p>{{/CLOSED}}
{{>SOCIAL}}
{{#OPEN}}{{#INVITED}}<p class="note">This server takes registrations by invitation. Use the mail address that was invited.</p>{{/INVITED}}
<form method="post" action="/register">
<div class="field"><label for="name">Name, as others see it</label><input id="name" name="name" autocomplete="name" maxlength="80" value="{{NAME}}"{{#FIRST_TIME}} autofocus{{/FIRST_TIME}}{{#NAME_BAD}} aria-invalid="true" aria-describedby="name-bad"{{#FIRST}} autofocus{{/FIRST}}{{/NAME_BAD}}>
{{#NAME_BAD}}<p class="bad-field" id="name-bad">{{TEXT}}</p>{{/NAME_BAD}}</div>
<div class="field"><label for="email">Mail address</label><input id="email" name="email" type="email" autocomplete="username" maxlength="254" value="{{EMAIL}}" required{{#EMAIL_BAD}} aria-invalid="true" aria-describedby="email-bad"{{#FIRST}} autofocus{{/FIRST}}{{/EMAIL_BAD}}>
{{#EMAIL_BAD}}<p class="bad-field" id="email-bad">{{TEXT}}</p>{{/EMAIL_BAD}}</div>
<div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="new-password" minlength="10" required aria-describedby="password-hint{{#PASSWORD_BAD}} password-bad{{/PASSWORD_BAD}}"{{#PASSWORD_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/PASSWORD_BAD}}>
{{#PASSWORD_BAD}}<p class="bad-field" id="password-bad">{{TEXT}}</p>{{/PASSWORD_BAD}}
<p class="hint" id="password-hint">At least 10 characters. Any will do, blanks too.</p></div>
<button class="button primary">Create the account</button>
</form>
<p class="foot words">Already registered? <a href="/login">Sign in</a></p>{{/OPEN}}
</div>
