{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
<h1>Let {{APP}} in?</h1>
<p><b>{{APP}}</b> asks to use the data of the team <b>{{TEAM}}</b> in your name. It will be able to:</p>
<ul class="may">{{#SCOPES}}<li>{{TEXT}} <code class="quiet">{{NAME}}</code></li>
{{/SCOPES}}</ul>
<p class="small">Never more than your own role in the team allows. You can take this back at any time under Your account, Connected apps.</p>
<form method="post" action="/oauth/authorize" class="consent">
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="response_type" value="code">
<input type="hidden" name="client_id" value="{{CLIENT_ID}}">
<input type="hidden" name="redirect_uri" value="{{REDIRECT_URI}}">
<input type="hidden" name="scope" value="{{SCOPE}}">
<input type="hidden" name="state" value="{{STATE}}">
<input type="hidden" name="code_challenge" value="{{CHALLENGE}}">
<input type="hidden" name="code_challenge_method" value="S256">
<button class="button primary" name="act" value="allow">Allow</button>
<button class="button" name="act" value="deny">Do not allow</button>
</form>
<p class="hint small">You are signed in as {{EMAIL}}. Afterwards you go to <code>{{WHERE}}</code>.</p>
</div>
