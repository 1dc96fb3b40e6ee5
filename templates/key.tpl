{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{KEYS_URL}}">Keys</a></p><h1>Key <span class="mono">{{TOKEN}}</span></h1><p>{{TYPE}} key of <b>{{PROJECT}}</b>, environment <code>{{ENV}}</code>.</p></div>
<dl class="pairs wide"><dt>State</dt><dd><span class="tag {{STATE}}">{{WORD}}</span></dd><dt>Requests a minute</dt><dd>{{RATE}}</dd><dt>Made</dt><dd>{{MADE}}</dd><dt>Last used</dt><dd>{{USED}}</dd><dt>Ends</dt><dd>{{ENDS}}</dd><dt>Id</dt><dd class="mono">{{ID}}</dd></dl>
{{#OVER}}<p class="section">This key has ended. Make a new one on the page Keys.</p>{{/OVER}}
{{#LIVE}}<section class="section" aria-labelledby="s-rotate"><h2 id="s-rotate">Rotate</h2>
<p>Makes a new key of the same kind and shows it. Both work until the old one ends, so that apps can change over and lose nothing.</p>
<form method="post" action="{{ROTATE_URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="overlap">The old key ends</label><select id="overlap" name="overlap">{{#OVERLAPS}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/OVERLAPS}}</select></div>
<button class="button primary">Rotate the key</button></form></section>
<section class="section" aria-labelledby="s-limit"><h2 id="s-limit">Rate limit</h2>
<form method="post" action="{{LIMIT_URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="rate">Requests a minute</label><input id="rate" class="short" name="rate_limit" inputmode="numeric" autocomplete="off" maxlength="12" value="{{LIMIT}}" required{{#LIMIT_BAD}} aria-invalid="true" aria-describedby="rate-e"{{#FIRST}} autofocus{{/FIRST}}{{/LIMIT_BAD}}>{{#LIMIT_BAD}}<p class="bad-field" id="rate-e">{{TEXT}}</p>{{/LIMIT_BAD}}</div>
<button class="button">Save the limit</button></form></section>
<section class="section" aria-labelledby="s-revoke"><h2 id="s-revoke">Revoke</h2>
{{#IS_WRITE}}<p>Whatever sends with this key is refused from the next request on, and what it sends is lost unless the app keeps it. Nothing stored is deleted. This cannot be undone.</p>{{/IS_WRITE}}{{#IS_READ}}<p>Whatever reads with this key is refused from the next request on. This cannot be undone.</p>{{/IS_READ}}
<form method="post" action="{{REVOKE_URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button danger">Revoke the key</button></form></section>{{/LIVE}}
