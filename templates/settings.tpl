{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Settings</h1><p>What applies to <b>{{PROJECT}}</b>, environment <code>{{ENV}}</code>. Changes are made with <code>tidemarkctl</code>; the commands stand beside each part.</p></div>
<section class="section" aria-labelledby="s-keys"><h2 id="s-keys">Keys</h2>
{{#KEYS}}<table class="stack-narrow"><thead><tr><th scope="col">Key</th><th scope="col">State</th><th scope="col" class="n">Requests a minute</th><th scope="col">Made</th><th scope="col">Last used</th><th scope="col">Id</th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono">{{TOKEN}}</td><td><span class="tag {{STATE}}">{{WORD}}</span></td><td class="n">{{RATE}}</td><td>{{MADE}}</td><td>{{USED}}</td><td class="mono quiet">{{ID}}</td></tr>
{{/ROW}}</tbody></table>{{/KEYS}}{{#NO_KEYS}}<p>There are no keys yet.</p>{{/NO_KEYS}}
<div class="well well-wrap section"><pre id="c-key">tidemarkctl key create --project {{PROJECT_ID}} --env {{ENV}} --type write</pre><button type="button" class="copy" data-copy="c-key">Copy<span class="vh"> the command</span></button></div></section>
<div class="columns two">
<section aria-labelledby="s-time"><h2 id="s-time">Time and retention</h2>
<dl class="pairs">{{#RETENTION}}<dt>{{NAME}}</dt><dd>{{VALUE}}</dd>{{/RETENTION}}</dl></section>
<section aria-labelledby="s-privacy"><h2 id="s-privacy">Privacy, applied before anything is queued</h2>
<dl class="pairs">{{#PRIVACY}}<dt>{{NAME}}</dt><dd class="{{CLASS}}">{{VALUE}}</dd>{{/PRIVACY}}</dl></section>
</div>
<div class="well well-wrap section"><pre id="c-set">tidemarkctl environment set --project {{PROJECT_ID}} --env {{ENV}} --timezone {{ZONE}} --retention-raw-days {{RAW_DAYS}}</pre><button type="button" class="copy" data-copy="c-set">Copy<span class="vh"> the command</span></button></div>
