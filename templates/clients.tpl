{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>OAuth clients</h1><p>Apps and services that use the API with OAuth 2. Each one reaches this team only.</p></div>
{{>NOTE}}
<section class="section" aria-labelledby="c-list"><h2 id="c-list">Registered</h2>
{{#CLIENTS}}<table class="stack-narrow"><thead><tr><th scope="col">Name</th><th scope="col">Kind</th><th scope="col">State</th><th scope="col" class="n">Live grants</th><th scope="col">Made</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td><b>{{NAME}}</b><br><code class="quiet">{{ID}}</code></td><td>{{KIND}}</td><td><span class="tag {{STATE}}">{{WORD}}</span></td><td class="n" data-label="Live grants">{{GRANTS}}</td><td data-label="Made">{{MADE}}</td><td class="row-acts">{{#OPEN}}<a href="{{URL}}">Open<span class="vh"> {{NAME}}</span></a>{{/OPEN}}</td></tr>
{{/ROW}}</tbody></table>{{/CLIENTS}}{{#NONE}}<p>No app or service is registered yet.</p>{{/NONE}}</section>
<section class="section" aria-labelledby="c-new"><h2 id="c-new">Register a client</h2>
<form method="post" action="{{URL}}" class="form">
<input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="name">Name, shown to users</label><input id="name" name="name" value="{{NAME}}" maxlength="80" autocomplete="off" required{{#NAME_BAD}} aria-invalid="true" aria-describedby="name-bad"{{#FIRST}} autofocus{{/FIRST}}{{/NAME_BAD}}>{{#NAME_BAD}}<p class="bad-field" id="name-bad">{{TEXT}}</p>{{/NAME_BAD}}</div>
<div class="field"><label for="kind">Kind</label><select id="kind" name="kind">{{#KINDS}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/KINDS}}</select></div>
<div class="field"><label for="redirect_uris">Addresses to return to, one a line</label><textarea id="redirect_uris" name="redirect_uris" rows="3" class="mono" spellcheck="false" aria-describedby="redirects-hint{{#REDIRECTS_BAD}} redirects-bad{{/REDIRECTS_BAD}}"{{#REDIRECTS_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/REDIRECTS_BAD}}>{{REDIRECTS}}</textarea>{{#REDIRECTS_BAD}}<p class="bad-field" id="redirects-bad">{{TEXT}}</p>{{/REDIRECTS_BAD}}
<p class="hint" id="redirects-hint">Each must match to the letter; http://127.0.0.1 takes any port. A service needs none.</p></div>
<fieldset class="field"><legend class="label">What it may do at most</legend>
{{#SCOPES}}<p><input type="checkbox" class="tick" id="s-{{NAME}}" name="scope" value="{{NAME}}"{{#ON}} checked{{/ON}}> <label for="s-{{NAME}}" class="in">{{TEXT}} <code class="quiet">{{NAME}}</code></label></p>
{{/SCOPES}}{{#BAD_SCOPES}}<p class="bad-field">{{TEXT}}</p>{{/BAD_SCOPES}}</fieldset>
<button class="button primary">Register</button>
</form></section>
