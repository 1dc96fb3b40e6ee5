{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
<h1>Look into your mail</h1>
{{>NOTE}}
{{#OWN}}<p class="second">We sent a link to <b>{{EMAIL}}</b>. Open it to confirm that the address is yours; then everything else opens.</p>
<form method="post" action="/verify/resend"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button">Send it again</button></form>
<form method="post" action="/logout" class="foot"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="plain-button">Sign out</button></form>{{/OWN}}
{{#ANY}}<p class="second">We sent a link to the address you gave. Open it in this browser to confirm that the address is yours. It works for 24 hours.</p>
{{#INVITED}}<p class="second">This server takes registrations by invitation: nothing is sent to an address that was not invited.</p>{{/INVITED}}
<details class="again"><summary>No mail after a few minutes?</summary>
<p class="hint">Look among the unwanted mails, and check the address for a typing mistake.</p>
<form method="post" action="/verify/resend">
<div class="field"><label for="email">Mail address</label><input id="email" name="email" type="email" autocomplete="username" maxlength="254" value="{{EMAIL}}" required{{#EMAIL_BAD}} aria-invalid="true" aria-describedby="email-bad"{{/EMAIL_BAD}}>
{{#EMAIL_BAD}}<p class="bad-field" id="email-bad">{{TEXT}}</p>{{/EMAIL_BAD}}</div>
<button class="button">Send it again</button></form></details>
{{#OUTBOX}}<p class="second">This server sends no mail yet; what it would send lies in the <a href="/system/outbox">outbox</a>.</p>
{{/OUTBOX}}<p class="foot"><a href="/register">Use another address</a> <a href="/login">Sign in</a></p>{{/ANY}}
</div>
