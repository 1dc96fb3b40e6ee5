{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{BACK}}">OAuth clients</a></p><h1>{{NAME}}</h1><p><span class="tag {{STATE}}">{{WORD}}</span> · registered {{MADE}} by {{BY}}</p></div>
{{>NOTE}}
{{#SECRET}}<section class="section secret" aria-labelledby="c-secret"><h2 id="c-secret">Client secret</h2>
<div class="well well-wrap"><pre id="c-secret-text" tabindex="0">{{VALUE}}</pre><button type="button" class="copy" data-copy="c-secret-text">Copy<span class="vh"> the secret</span></button></div>
<p class="hint">Copy it now. It cannot be shown again: only a digest of it is kept. It belongs on a server, never into an app.</p></section>{{/SECRET}}
<section class="section" aria-labelledby="c-is"><h2 id="c-is">What it is</h2>
<dl class="pairs wide"><dt>Client id</dt><dd class="mono">{{ID}}</dd>
<dt>Live grants</dt><dd>{{LIVE_COUNT}}</dd>
{{#REDIRECT}}<dt>Returns to</dt><dd class="mono">{{URI}}</dd>{{/REDIRECT}}
{{#SCOPES}}<dt>May</dt><dd>{{TEXT}} <code class="quiet">{{NAME}}</code></dd>{{/SCOPES}}</dl></section>
<section class="section" aria-labelledby="c-use"><h2 id="c-use">Use it</h2>
{{#SERVICE}}<div class="well well-wrap"><pre id="c-curl">curl -u "{{ID}}:$SECRET" {{HOST}}/oauth/token -d grant_type=client_credentials</pre><button type="button" class="copy" data-copy="c-curl">Copy<span class="vh"> the command</span></button></div>{{/SERVICE}}
{{#CODE}}<p>Any OAuth 2 library finds what it needs at this address. PKCE with S256 is required.</p><div class="well well-wrap"><pre id="c-meta">{{HOST}}/.well-known/oauth-authorization-server</pre><button type="button" class="copy" data-copy="c-meta">Copy<span class="vh"> the address</span></button></div>{{/CODE}}</section>
{{#ROTATE}}<section class="section" aria-labelledby="c-rotate"><h2 id="c-rotate">New secret</h2>
<p>The secret that ends in <code>{{HINT}}</code> is refused from then on. Tokens that were given out keep working.</p>
<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button">Make a new secret</button></form></section>{{/ROTATE}}
{{#REVOKE}}<section class="section" aria-labelledby="c-revoke"><h2 id="c-revoke">Revoke</h2>
<p>{{LIVE_COUNT}} live {{LIVE_NOUN}} ended at once, and the client can never be used again. This cannot be undone.</p>
<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button danger">Revoke this client</button></form></section>{{/REVOKE}}
