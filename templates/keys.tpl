{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Keys</h1><p>Apps send to <b>{{PROJECT}}</b>, environment <code>{{ENV}}</code>, with a write key. Reports and scripts read from it with a read key. How to send is on <a href="{{ONBOARDING_URL}}">Send events</a>.</p></div>
{{>NOTE}}
{{#SECRET}}<section class="section secret" aria-labelledby="s-secret"><h2 id="s-secret">{{NAME}}</h2>
<div class="well well-wrap"><pre id="secret" tabindex="0">{{VALUE}}</pre><button type="button" class="copy" data-copy="secret">Copy<span class="vh"> the key</span></button></div><p class="hint">{{HINT}}</p></section>{{/SECRET}}
<section class="section" aria-labelledby="s-keys"><h2 id="s-keys">Keys of this environment</h2>
{{#KEYS}}<table class="stack-narrow"><thead><tr><th scope="col">Key</th><th scope="col">Type</th><th scope="col">State</th><th scope="col" class="n">Requests a minute</th><th scope="col">Made</th><th scope="col">Last used</th><th scope="col">Ends</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr{{#DIM}} class="dim"{{/DIM}}><td class="mono">{{TOKEN}}</td><td>{{TYPE}}</td><td><span class="tag {{STATE}}">{{WORD}}</span></td><td class="n">{{RATE}}</td><td>{{MADE}}</td><td>{{USED}}</td><td>{{ENDS}}</td><td class="row-acts">{{#SHOW}}<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="plain-button">Show<span class="vh"> key {{KEY}}</span></button></form>{{/SHOW}}{{#EDIT}}<a href="{{URL}}">Change<span class="vh"> key {{KEY}}</span></a>{{/EDIT}}</td></tr>
{{/ROW}}</tbody></table>{{/KEYS}}{{#NO_KEYS}}<p>There are no keys yet.</p>{{/NO_KEYS}}
{{#ASK}}<p class="hint">Keys are made, changed and revoked by admins and owners of the team.</p>{{/ASK}}</section>
{{#FORM}}<section class="section" aria-labelledby="s-new"><h2 id="s-new">New key</h2>
<form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<fieldset class="field"><legend class="label">What it is for</legend>{{#TYPES}}<p><input type="radio" name="type" id="type-{{VALUE}}" value="{{VALUE}}"{{#HERE}} checked{{/HERE}}> <label for="type-{{VALUE}}" class="in">{{NAME}}</label></p>{{/TYPES}}</fieldset>
<div class="field"><label for="rate">Requests a minute</label><input id="rate" name="rate_limit" inputmode="numeric" autocomplete="off" maxlength="12" value="{{RATE}}" aria-describedby="rate-h{{#RATE_BAD}} rate-e{{/RATE_BAD}}"{{#RATE_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/RATE_BAD}}>{{#RATE_BAD}}<p class="bad-field" id="rate-e">{{TEXT}}</p>{{/RATE_BAD}}<p class="hint" id="rate-h">More is answered with 429. A thousand times as many items fit in a minute.</p></div>
<div class="row"><div class="field"><label for="expires">Valid for</label><select id="expires" name="expires">{{#EXPIRES}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/EXPIRES}}</select></div>
<div class="field"><label for="date">Date, for “on a date”</label><input id="date" name="date" type="date" value="{{DATE}}"{{#DATE_BAD}} aria-invalid="true" aria-describedby="date-e"{{#FIRST}} autofocus{{/FIRST}}{{/DATE_BAD}}>{{#DATE_BAD}}<p class="bad-field" id="date-e">{{TEXT}}</p>{{/DATE_BAD}}</div></div>
<button class="button primary">Make the key</button></form></section>{{/FORM}}
