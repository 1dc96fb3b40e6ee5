{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{BACK}}">Access tokens</a></p><h1>Revoke a token</h1><p>The token <b>{{NAME}}</b> of {{OWNER}} in <b>{{TEAM}}</b>.</p></div>
<dl class="pairs wide"><dt>Token</dt><dd class="mono">{{TOKEN}}</dd><dt>State</dt><dd><span class="tag {{STATE}}">{{WORD}}</span></dd><dt>May</dt><dd class="mono">{{SCOPES}}</dd><dt>Made</dt><dd>{{MADE}}</dd><dt>Last used</dt><dd>{{USED}}</dd><dt>Ends</dt><dd>{{ENDS}}</dd></dl>
{{#OVER}}<p class="section">This token has ended.</p>{{/OVER}}
{{#LIVE}}<section class="section"><p>Whatever uses this token is refused from the next request on. Nothing else ends. This cannot be undone.</p>
<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button danger">Revoke the token</button></form></section>{{/LIVE}}
