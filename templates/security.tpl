{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Sign-in and security</h1><p>What proves that it is you.</p></div>
{{>NOTE}}
<section aria-labelledby="s-password"><h2 id="s-password">Password</h2>
{{#CHANGE}}<p class="second">A new one ends every other session.</p>
<form method="post" action="/account/password" class="narrow"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="username" autocomplete="username" value="{{EMAIL}}">
<div class="field"><label for="current">Current password</label><input id="current" name="current" type="password" autocomplete="current-password" required{{#CURRENT_BAD}} aria-invalid="true" aria-describedby="current-bad"{{#FIRST}} autofocus{{/FIRST}}{{/CURRENT_BAD}}>
{{#CURRENT_BAD}}<p class="bad-field" id="current-bad">{{TEXT}}</p>{{/CURRENT_BAD}}</div>
<div class="field"><label for="password">New password</label><input id="password" name="password" type="password" autocomplete="new-password" minlength="10" required aria-describedby="password-hint{{#PASSWORD_BAD}} password-bad{{/PASSWORD_BAD}}"{{#PASSWORD_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/PASSWORD_BAD}}>
{{#PASSWORD_BAD}}<p class="bad-field" id="password-bad">{{TEXT}}</p>{{/PASSWORD_BAD}}
<p class="hint" id="password-hint">At least 10 characters. Any will do, blanks too.</p></div>
<button class="button primary">Change the password</button></form>{{/CHANGE}}
{{#NONE}}<p class="second">Your account has no password. To have one, let a link be sent to your mail address.</p>
<form method="post" action="/forgot"><input type="hidden" name="email" value="{{EMAIL}}"><button class="button">Send the link</button></form>{{/NONE}}</section>
{{>IDENTITIES}}
{{>TWO_FACTOR}}
