{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
<h1>Sign in</h1>
{{>NOTE}}
{{#PROBLEM}}<p class="note bad" role="alert">{{TEXT}}</p>{{/PROBLEM}}
{{>SOCIAL}}
<form method="post" action="/login">
<input type="hidden" name="next" value="{{NEXT}}">
<div class="field"><label for="email">Mail address</label><input id="email" name="email" type="email" autocomplete="username" value="{{EMAIL}}" required{{#FIRST}} autofocus{{/FIRST}}></div>
<div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required></div>
<p class="field"><input type="checkbox" class="tick" id="remember" name="remember" value="1"> <label for="remember" class="in">Stay signed in on this device for 30 days</label></p>
<button class="button primary">Sign in</button>
</form>
<p class="foot"><a href="/forgot">Forgot your password?</a>{{#SIGN_UP}} <a href="/register">Create an account</a>{{/SIGN_UP}}</p>
</div>
