{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="/system/dead-letters">Dead letters</a></p><h1>Dead letter {{ID}} <span class="tag {{CLASS}}">{{STATE}}</span></h1><p>{{PLACE}}</p></div>
{{>NOTE}}
{{#PROBLEMS}}<div class="note bad" role="alert"><p>{{TEXT}} Nothing was queued.</p>{{#FIELD}}<p><code>{{PATH}}</code> {{TEXT}}</p>{{/FIELD}}</div>{{/PROBLEMS}}
<div class="columns wide-left">
<section aria-labelledby="s-item"><h2 id="s-item">What it holds</h2>
{{#MEND}}<form method="post" action="/system/dead-letters/{{ID}}/mend"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="item">The item with its app, device and user, scrubbed as it is kept</label><textarea id="item" name="item" class="mono item" rows="26" spellcheck="false" aria-describedby="item-h"{{#BAD}} aria-invalid="true" autofocus{{/BAD}}>{{JSON:p}}</textarea><p class="hint" id="item-h">Mend what is wrong and keep <code>event_id</code>: then it is stored exactly once. It goes through the same checks as at the door.</p></div>
<button class="button primary">Mend and replay</button></form>{{/MEND}}
{{#READ}}<div class="well well-wrap"><pre id="json" tabindex="0">{{JSON:p}}</pre><button type="button" class="copy" data-copy="json">Copy</button></div>{{/READ}}
{{#BYTES}}<p class="second">No decoder can read it: {{SIZE}}, the first bytes in hexadecimal.</p><div class="well well-wrap"><pre tabindex="0">{{HEX}}</pre></div>{{/BYTES}}
{{#NOTHING}}<p class="second">Its bytes were deleted when it was dropped.</p>{{/NOTHING}}</section>
<div><section aria-labelledby="s-why"><h2 id="s-why">Why it died</h2>
<dl class="pairs"><dt>Reason</dt><dd class="mono">{{REASON}}</dd><dt>SQLSTATE</dt><dd class="mono">{{SQLSTATE}}</dd><dt>Detail</dt><dd>{{DETAIL}}</dd><dt>Died</dt><dd>{{DIED}}</dd><dt>Event id</dt><dd class="mono">{{EVENT_ID}}</dd><dt>Batch</dt><dd class="mono">{{BATCH_ID}}, item {{ITEM}}</dd></dl></section>
<section class="section" aria-labelledby="s-history"><h2 id="s-history">History</h2>
<ul class="plain-list">{{#ACT}}<li>{{AT}}: {{WHAT}}, by {{BY}}{{#BATCH}} as <span class="mono">{{ID}}</span> <span class="tag {{CLASS}}">{{OUTCOME}}</span>{{/BATCH}}</li>{{/ACT}}</ul></section>
{{#OPEN}}<section class="section" aria-labelledby="s-acts"><h2 id="s-acts">As it is</h2>
<div class="button-row"><form method="post" action="/system/dead-letters/{{ID}}/replay"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button">Replay unchanged</button></form>
<form method="post" action="/system/dead-letters/{{ID}}/drop"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button danger">Drop</button></form></div><p class="hint">Dropping deletes its bytes and cannot be undone.</p></section>{{/OPEN}}</div>
</div>
