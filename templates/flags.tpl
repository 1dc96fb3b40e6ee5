{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Features</h1><p>What is switched on for <b>{{TEAM}}</b>, and why. SDKs are told of it by <code>GET /api/v1/ingest/config</code>.</p></div>
<table class="stack-narrow beside two-lines"><thead><tr><th scope="col">Feature</th><th scope="col">State</th><th scope="col">Why</th><th scope="col">Without it</th></tr></thead><tbody>
{{#FLAG}}<tr><td>{{NAME}}<br><code>{{KEY}}</code></td><td data-label="State"><span class="tag {{STATE}}">{{WORD}}</span></td><td data-label="Why">{{WHY}}</td><td class="second">{{ABOUT}}</td></tr>
{{#PROJECT}}<tr><td class="quiet">in {{PROJECT_NAME}}</td><td data-label="State"><span class="tag {{STATE}}">{{WORD}}</span></td><td data-label="Why">{{WHY}}</td><td></td></tr>
{{/PROJECT}}{{/FLAG}}</tbody></table>
<p class="hint">Whoever runs this server switches them.{{#SYSTEM}} That is you: <a href="/system/flags">feature flags</a>.{{/SYSTEM}}</p>
