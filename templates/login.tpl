{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
<h1>Sign in</h1>
{{#PROBLEM}}<p class="note bad" role="alert">{{TEXT}}</p>{{/PROBLEM}}
<form method="post" action="/login">
<input type="hidden" name="next" value="{{NEXT}}">
<div class="field"><label for="email">Mail address</label><input id="email" name="email" type="email" autocomplete="username" value="{{EMAIL}}" required{{#FIRST}} autofocus{{/FIRST}}></div>
<div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required></div>
<p class="field"><input type="checkbox" class="tick" id="remember" name="remember" value="1"> <label for="remember" class="in">Stay signed in on this device for 30 days</label></p>
<button class="button primary">Sign in</button>
</form>
<p class="hint small">No account yet? An administrator of this server creates one with <code>tidemarkctl user create</code>.</p>
</div>
