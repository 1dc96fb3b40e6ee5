{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Settings</h1><p>What applies to <b>{{PROJECT}}</b> and its environment <code>{{ENV}}</code>. Other environments have settings of their own. <a href="{{KEYS_URL}}">Keys</a> and <a href="{{STORAGE_URL}}">storage and retention</a> have pages of their own.</p></div>
{{>NOTE}}
{{#REBUILDING}}<p class="note">The days of this environment are being counted again in the new time zone. Until that is done, numbers of single days may mix both zones.</p>{{/REBUILDING}}
{{#FORMS}}<div class="columns two"><section aria-labelledby="s-time"><h2 id="s-time">Time</h2>
<form method="post" action="{{TIME_URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="zone">Time zone</label><input id="zone" name="timezone" value="{{ZONE}}" autocomplete="off" list="zones" required maxlength="64" aria-describedby="zone-h{{#ZONE_BAD}} zone-e{{/ZONE_BAD}}"{{#ZONE_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/ZONE_BAD}}>{{#ZONE_BAD}}<p class="bad-field" id="zone-e">{{TEXT}}</p>{{/ZONE_BAD}}<p class="hint" id="zone-h">Days begin and end in it. Another zone counts all days of this environment again.</p></div>
<datalist id="zones">{{#ZONES}}<option value="{{VALUE}}"></option>{{/ZONES}}</datalist>
<div class="field"><label for="idle">A session ends after this many minutes without activity</label><input id="idle" class="short" name="session_idle_min" value="{{IDLE}}" autocomplete="off" inputmode="numeric" required maxlength="6"{{#IDLE_BAD}} aria-describedby="idle-e"{{/IDLE_BAD}}{{#IDLE_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/IDLE_BAD}}>{{#IDLE_BAD}}<p class="bad-field" id="idle-e">{{TEXT}}</p>{{/IDLE_BAD}}</div>
<button class="button primary">Save time</button></form></section>
<section aria-labelledby="s-privacy"><h2 id="s-privacy">Privacy, applied before anything is stored</h2>
<form method="post" action="{{PRIVACY_URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="pii">Properties</label><select id="pii" name="pii_mode"{{#PII_MODE_BAD}} aria-invalid="true" aria-describedby="pii-e"{{/PII_MODE_BAD}}>{{#PII_MODES}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/PII_MODES}}</select>{{#PII_MODE_BAD}}<p class="bad-field" id="pii-e">{{TEXT}}</p>{{/PII_MODE_BAD}}</div>
<div class="field"><label for="keys-list">Names of properties, one a line</label><textarea id="keys-list" name="pii_keys" class="mono" rows="5" spellcheck="false" aria-describedby="keys-list-h{{#PII_KEYS_BAD}} keys-list-e{{/PII_KEYS_BAD}}"{{#PII_KEYS_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/PII_KEYS_BAD}}>{{PII_KEYS:p}}</textarea>{{#PII_KEYS_BAD}}<p class="bad-field" id="keys-list-e">{{TEXT}}</p>{{/PII_KEYS_BAD}}<p class="hint" id="keys-list-h">Upper and lower case, _, -, . and blanks make no difference: creditCard is credit_card.</p></div>
<div class="field"><label for="ip">Network addresses</label><select id="ip" name="ip_mode"{{#IP_MODE_BAD}} aria-invalid="true" aria-describedby="ip-e"{{/IP_MODE_BAD}}>{{#IP_MODES}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/IP_MODES}}</select>{{#IP_MODE_BAD}}<p class="bad-field" id="ip-e">{{TEXT}}</p>{{/IP_MODE_BAD}}</div>
<div class="field"><label for="uid">User ids</label><select id="uid" name="user_id_mode"{{#USER_ID_MODE_BAD}} aria-invalid="true" aria-describedby="uid-e"{{/USER_ID_MODE_BAD}}>{{#USER_ID_MODES}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/USER_ID_MODES}}</select>{{#USER_ID_MODE_BAD}}<p class="bad-field" id="uid-e">{{TEXT}}</p>{{/USER_ID_MODE_BAD}}</div>
<button class="button primary">Save privacy</button></form>
<p class="after">More rules, a preview and what looks personal: <a href="{{RULES_URL}}">Privacy</a>.</p></section>
<section aria-labelledby="s-senders"><h2 id="s-senders">Who may send</h2>
<form method="post" action="{{SENDERS_URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="origins">Web origins, one a line</label><textarea id="origins" name="allowed_origins" class="mono" rows="5" spellcheck="false" aria-describedby="origins-h{{#ORIGINS_BAD}} origins-e{{/ORIGINS_BAD}}"{{#ORIGINS_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/ORIGINS_BAD}}>{{ORIGINS:p}}</textarea>{{#ORIGINS_BAD}}<p class="bad-field" id="origins-e">{{TEXT}}</p>{{/ORIGINS_BAD}}<p class="hint" id="origins-h">Such as shop.example, *.shop.example or https://shop.example:8443. Empty: any.</p></div>
<div class="field"><label for="bundles">Bundle ids, one a line</label><textarea id="bundles" name="allowed_bundles" class="mono" rows="5" spellcheck="false" aria-describedby="bundles-h{{#BUNDLES_BAD}} bundles-e{{/BUNDLES_BAD}}"{{#BUNDLES_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/BUNDLES_BAD}}>{{BUNDLES:p}}</textarea>{{#BUNDLES_BAD}}<p class="bad-field" id="bundles-e">{{TEXT}}</p>{{/BUNDLES_BAD}}<p class="hint" id="bundles-h">Such as com.example.shop. Empty: any. Others are refused with 403.</p></div>
<button class="button primary">Save who may send</button></form></section>
<section aria-labelledby="s-project"><h2 id="s-project">Project</h2>
<form method="post" action="{{PROJECT_URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="name">Name</label><input id="name" name="name" value="{{NAME}}" autocomplete="off" required maxlength="80" aria-describedby="name-h{{#NAME_BAD}} name-e{{/NAME_BAD}}"{{#NAME_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/NAME_BAD}}>{{#NAME_BAD}}<p class="bad-field" id="name-e">{{TEXT}}</p>{{/NAME_BAD}}<p class="hint" id="name-h">The address of the project stays as it is.</p></div>
<div class="field"><label for="platform">Platform</label><select id="platform" name="platform"{{#PLATFORM_BAD}} aria-invalid="true" aria-describedby="platform-e"{{/PLATFORM_BAD}}>{{#PLATFORMS}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/PLATFORMS}}</select>{{#PLATFORM_BAD}}<p class="bad-field" id="platform-e">{{TEXT}}</p>{{/PLATFORM_BAD}}</div>
<button class="button primary">Save the project</button></form>
<p class="after"><a class="button danger" href="{{DELETE_URL}}">Delete the project…</a></p></section></div>{{/FORMS}}
{{#RULES}}<div class="columns two">
<section aria-labelledby="s-time"><h2 id="s-time">Time</h2>
<dl class="pairs">{{#TIME}}<dt>{{NAME}}</dt><dd>{{VALUE}}</dd>{{/TIME}}</dl></section>
<section aria-labelledby="s-privacy"><h2 id="s-privacy">Privacy, applied before anything is stored</h2>
<dl class="pairs">{{#PRIVACY}}<dt>{{NAME}}</dt><dd class="{{CLASS}}">{{VALUE}}</dd>{{/PRIVACY}}</dl></section>
</div><p class="section hint">Admins and owners of the team change these.</p>{{/RULES}}
<section class="section" aria-labelledby="s-names"><h2 id="s-names">Namespaces</h2>
{{#NAMESPACES}}<p>Groups that events of this environment named so far.</p><ul class="names">{{#ROW}}<li class="mono">{{NAME}}</li>{{/ROW}}</ul>{{/NAMESPACES}}{{#NO_NAMESPACES}}<p>No event has named a namespace yet.</p>{{/NO_NAMESPACES}}</section>
<section class="section" aria-labelledby="s-ids"><h2 id="s-ids">Ids</h2>
<dl class="pairs"><dt>Project</dt><dd class="mono">{{PROJECT_ID}}</dd><dt>Environment</dt><dd class="mono">{{ENV_ID}}</dd></dl></section>
