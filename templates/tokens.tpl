{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Access tokens</h1><p>A token lets a script or a tool use the API as you, in <b>{{TEAM}}</b> only. It never gives more than your role, and ends when you leave the team.</p></div>
{{>NOTE}}
{{#SECRET}}<section class="section secret" aria-labelledby="s-secret"><h2 id="s-secret">Your new token</h2>
<div class="well well-wrap"><pre id="secret" tabindex="0">{{VALUE}}</pre><button type="button" class="copy" data-copy="secret">Copy<span class="vh"> the token</span></button></div><p class="hint">Copy it now. It cannot be shown again: only a digest of it is kept.</p></section>{{/SECRET}}
<section class="section" aria-labelledby="s-own"><h2 id="s-own">Your tokens</h2>
{{#OWN}}<table class="stack-narrow"><thead><tr><th scope="col">Name</th><th scope="col">Token</th><th scope="col">May</th><th scope="col">State</th><th scope="col">Made</th><th scope="col">Last used</th><th scope="col">Ends</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr{{#DIM}} class="dim"{{/DIM}}><td>{{NAME}}</td><td class="mono">{{TOKEN}}</td><td class="mono wrap" data-label="May">{{SCOPES}}</td><td data-label="State"><span class="tag {{STATE}}">{{WORD}}</span></td><td data-label="Made">{{MADE}}</td><td data-label="Last used">{{USED}}</td><td data-label="Ends">{{ENDS}}</td><td class="row-acts">{{#REVOKE}}<a href="{{URL}}">Revoke<span class="vh"> {{NAME}}</span></a>{{/REVOKE}}</td></tr>
{{/ROW}}</tbody></table>{{/OWN}}{{#NONE}}<p>You have no tokens in this team. Make one below, for a script or a tool of yours.</p>{{/NONE}}</section>
{{#OTHERS}}<section class="section" aria-labelledby="s-others"><h2 id="s-others">Tokens of other members</h2>
<table class="stack-narrow"><thead><tr><th scope="col">Name</th><th scope="col">Owner</th><th scope="col">Token</th><th scope="col">May</th><th scope="col">State</th><th scope="col">Last used</th><th scope="col">Ends</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr{{#DIM}} class="dim"{{/DIM}}><td>{{NAME}}</td><td data-label="Owner">{{OWNER}}</td><td class="mono">{{TOKEN}}</td><td class="mono wrap" data-label="May">{{SCOPES}}</td><td data-label="State"><span class="tag {{STATE}}">{{WORD}}</span></td><td data-label="Last used">{{USED}}</td><td data-label="Ends">{{ENDS}}</td><td class="row-acts">{{#REVOKE}}<a href="{{URL}}">Revoke<span class="vh"> {{NAME}} of {{OWNER}}</span></a>{{/REVOKE}}</td></tr>
{{/ROW}}</tbody></table></section>{{/OTHERS}}
<section class="section" aria-labelledby="s-new"><h2 id="s-new">New token</h2>
<form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="name">Name</label><input id="name" name="name" value="{{NAME}}" maxlength="80" required autocomplete="off" aria-describedby="name-h{{#NAME_BAD}} name-e{{/NAME_BAD}}"{{#NAME_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/NAME_BAD}}>{{#NAME_BAD}}<p class="bad-field" id="name-e">{{TEXT}}</p>{{/NAME_BAD}}<p class="hint" id="name-h">What uses it, so that you know later what ends when you revoke it.</p></div>
<fieldset class="field"{{#SCOPE_BAD}} aria-describedby="scope-e"{{/SCOPE_BAD}}><legend class="label">What it may do</legend>
{{#OFFER}}<p><input type="checkbox" name="scope" class="tick" id="s-{{VALUE}}" value="{{VALUE}}"{{#HERE}} checked{{/HERE}}> <label for="s-{{VALUE}}" class="in"><code>{{VALUE}}</code> {{ABOUT}}</label></p>{{/OFFER}}
{{#SCOPE_BAD}}<p class="bad-field" id="scope-e">{{TEXT}}</p>{{/SCOPE_BAD}}</fieldset>
<div class="row"><div class="field"><label for="expires">Valid for</label><select id="expires" name="expires">{{#EXPIRES}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/EXPIRES}}</select></div>
<div class="field"><label for="date">Date, for “on a date”</label><input id="date" name="date" type="date" value="{{DATE}}"{{#DATE_BAD}} aria-invalid="true" aria-describedby="date-e"{{#FIRST}} autofocus{{/FIRST}}{{/DATE_BAD}}>{{#DATE_BAD}}<p class="bad-field" id="date-e">{{TEXT}}</p>{{/DATE_BAD}}</div></div>
<button class="button primary">Make the token</button></form></section>
