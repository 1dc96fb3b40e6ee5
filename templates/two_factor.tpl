{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
{{#STEP}}<h1>Second factor</h1>
<form method="post" action="/two-factor">
<input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="next" value="{{NEXT}}">
{{#APP}}<div class="field"><label for="code">Code of your authenticator app</label><input id="code" class="mono" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="20" required autofocus aria-describedby="code-h{{#BAD}} code-e{{/BAD}}"{{#BAD}} aria-invalid="true"{{/BAD}}>{{#PROBLEM}}<p class="bad-field" id="code-e" role="alert">{{TEXT}}</p>{{/PROBLEM}}<p class="hint" id="code-h">Six digits; each code works once.</p></div>
{{/APP}}{{#RECOVERY}}<input type="hidden" name="recovery" value="1"><div class="field"><label for="code">Recovery code</label><input id="code" class="mono" name="code" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="40" placeholder="abcd-efgh-ijkl-mnop" required autofocus aria-describedby="code-h{{#BAD}} code-e{{/BAD}}"{{#BAD}} aria-invalid="true"{{/BAD}}>{{#PROBLEM}}<p class="bad-field" id="code-e" role="alert">{{TEXT}}</p>{{/PROBLEM}}<p class="hint" id="code-h">One of the ten that you kept. Each works once.</p></div>
{{/RECOVERY}}<button class="button primary">Sign in</button>
</form>
<p class="small">{{#APP}}No phone at hand? <a href="{{OTHER}}">Use a recovery code</a>{{/APP}}{{#RECOVERY}}<a href="{{OTHER}}">Use the code of the app</a>{{/RECOVERY}} · <a href="/login">Start again</a></p>
{{/STEP}}{{#ENDED}}<h1>Sign in again</h1>
<p class="note bad" role="alert">Five codes were wrong, so this sign-in ended.</p>
<p class="button-row"><a class="button primary" href="/login">Go to the sign-in page</a></p>
{{/ENDED}}{{#RECOVERED}}<h1>A recovery code was used</h1>
<p class="note {{#FEW}}warn{{/FEW}}{{#ENOUGH}}good{{/ENOUGH}}" role="status">You are signed in. {{#ONE}}One recovery code is left.{{/ONE}}{{#MANY}}{{LEFT}} recovery codes are left.{{/MANY}}</p>
<p>If the phone is lost, set up the second factor again with the new one; new recovery codes end the old ones.</p>
<p class="button-row"><a class="button primary" href="{{NEXT}}">Go on</a> <a class="button" href="/account/two-factor">Second factor and codes</a></p>
{{/RECOVERED}}</div>
