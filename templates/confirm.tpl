{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
<h1>Confirm that it is you</h1>
<p>We ask before changes that concern the security of your account or your data. Then not again for five minutes.</p>
{{#FORM}}<form method="post" action="{{ACTION}}">
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#KEEP}}<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/KEEP}}{{#PASSWORD}}<div class="field"><label for="confirm-user">Mail address</label><input id="confirm-user" type="email" autocomplete="username" value="{{EMAIL}}" readonly></div>
<div class="field"><label for="confirm-password">Password</label><input id="confirm-password" name="confirm_password" type="password" autocomplete="current-password" maxlength="1024" required autofocus{{#BAD}} aria-invalid="true" aria-describedby="confirm-bad"{{/BAD}}>
{{#PROBLEM}}<p class="bad-field" id="confirm-bad" role="alert">{{TEXT}}</p>{{/PROBLEM}}</div>{{/PASSWORD}}
{{#CODE}}<div class="field"><label for="confirm-code">Code of your authenticator app</label><input id="confirm-code" class="mono" name="confirm_code" inputmode="numeric" autocomplete="one-time-code" maxlength="40" required autofocus{{#BAD}} aria-invalid="true" aria-describedby="confirm-bad"{{/BAD}}>
{{#PROBLEM}}<p class="bad-field" id="confirm-bad" role="alert">{{TEXT}}</p>{{/PROBLEM}}</div>{{/CODE}}
<p class="button-row"><button class="button primary">Confirm</button> <a class="button" href="{{BACK}}">Not now</a></p>
</form>{{/FORM}}
{{>SOCIAL}}
{{#NONE}}<p class="note warn">Your account has no password and no second factor. Choose a password with <a href="/forgot">a link by mail</a>, then come back.</p>{{/NONE}}
</div>
