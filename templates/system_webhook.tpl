{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="/system/webhooks">Webhooks</a></p><h1>{{NAME}} <span class="tag {{CLASS}}">{{WORD}}</span></h1><p class="mono">{{TO}}</p>{{#WHY}}<p>{{TEXT}}</p>{{/WHY}}</div>
{{>NOTE}}
{{#SECRET}}<section class="section secret" aria-labelledby="s-secret"><h2 id="s-secret">Secret</h2>
<div class="well well-wrap"><pre id="secret" tabindex="0">{{VALUE}}</pre><button type="button" class="copy" data-copy="secret">Copy<span class="vh"> the secret</span></button></div><p class="hint">Copy it now: it is kept sealed and not shown again. The receiver checks <code>webhook-signature</code> with it.</p></section>{{/SECRET}}
<div class="acts"><form method="post" action="{{BASE}}/test"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button">Send a test</button></form>
<form method="post" action="{{BASE}}/rotate"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button">New secret</button></form>
<form method="post" action="{{BASE}}/switch"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="to" value="{{SWITCH}}"><button class="button">{{SWITCH_WORD}}</button></form>
<details name="pop" class="pop"><summary>Delete</summary><div class="pop-list"><form class="pop-form" method="post" action="{{BASE}}/delete"><input type="hidden" name="csrf" value="{{CSRF}}"><p class="hint">The address, its secret and the log below are deleted. This cannot be undone.</p><button class="button danger">Delete the webhook</button></form></div></details></div>
{{#OLD}}<p class="small">The old secret signs as well; it ends {{UNTIL}}.</p>{{/OLD}}
<section class="section" aria-labelledby="s-log"><h2 id="s-log">Deliveries</h2>
{{#NONE}}<p>Nothing was sent yet.</p>{{/NONE}}
{{#LIST}}<table class="stack-narrow"><thead><tr><th scope="col">Made, UTC</th><th scope="col">What</th><th scope="col">State</th><th scope="col" class="n">Tries</th><th scope="col" class="n">Answer</th><th scope="col" class="n">Took</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td><time datetime="{{ISO}}">{{TIME}}</time></td><td data-label="What"><span class="mono">{{EVENT}}</span><details class="sent"><summary>Message</summary><p class="mono quiet">{{ID}}</p><pre>{{BODY:p}}</pre></details></td><td data-label="State"><span class="tag {{CLASS}}">{{WORD}}</span>{{#ERROR}} {{TEXT}}{{/ERROR}}{{#NEXT}} <span class="quiet">again {{TIME}}</span>{{/NEXT}}</td><td class="n" data-label="Tries">{{ATTEMPTS}}</td><td class="n" data-label="Answer">{{STATUS}}</td><td class="n" data-label="Took">{{MS}}</td><td class="row-acts">{{#RETRY}}<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="plain-button">Send again</button></form>{{/RETRY}}</td></tr>
{{/ROW}}</tbody></table>{{/LIST}}</section>
