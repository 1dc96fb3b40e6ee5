{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Webhooks</h1><p>Alarms as signed messages to other servers, after the <a href="https://www.standardwebhooks.com/" rel="noreferrer">Standard Webhooks</a> specification. Only public addresses by HTTPS; redirects are not followed.</p><p>A message is tried for about a day until it is answered with 2xx, and comes at least once. One that comes again has the same <code>webhook-id</code>: leave out what you have seen. The begin and the end of an alarm have the same <code>event_id</code>.</p></div>
{{>NOTE}}
{{#NONE}}<div class="empty"><h2>No webhooks yet</h2><p>Add the address of the server that should know. It gets a secret to check the signature with.</p></div>{{/NONE}}
{{#LIST}}<table class="stack-narrow"><thead><tr><th scope="col">Webhook</th><th scope="col">Goes to</th><th scope="col">State</th><th scope="col" class="n">Waiting</th><th scope="col" class="n">Given up today</th><th scope="col">Made</th></tr></thead><tbody>
{{#ROW}}<tr><td><a href="{{URL}}">{{NAME}}</a></td><td class="mono" data-label="To">{{TO}}</td><td data-label="State"><span class="tag {{CLASS}}">{{WORD}}</span>{{#WHY}} <span class="quiet">{{TEXT}}</span>{{/WHY}}</td><td class="n" data-label="Waiting">{{WAITING}}</td><td class="n" data-label="Given up">{{FAILED}}</td><td data-label="Made">{{MADE}}</td></tr>
{{/ROW}}</tbody></table>{{/LIST}}
<section class="section" aria-labelledby="s-new"><h2 id="s-new">New webhook</h2>
<form method="post" action="/system/webhooks" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="url">Address</label><input id="url" name="url" type="text" inputmode="url" class="mono" autocomplete="off" spellcheck="false" maxlength="500" required placeholder="https://hooks.example.com/tidemark" value="{{ADDRESS}}"{{#ADDRESS_BAD}} aria-invalid="true" aria-describedby="url-e"{{#FIRST}} autofocus{{/FIRST}}{{/ADDRESS_BAD}}>{{#ADDRESS_BAD}}<p class="bad-field" id="url-e">{{TEXT}}</p>{{/ADDRESS_BAD}}</div>
<div class="field"><label for="name">Name, if you like</label><input id="name" name="name" maxlength="100" autocomplete="off" value="{{LABEL}}"{{#LABEL_BAD}} aria-invalid="true" aria-describedby="name-e"{{/LABEL_BAD}}>{{#LABEL_BAD}}<p class="bad-field" id="name-e">{{TEXT}}</p>{{/LABEL_BAD}}</div>
<button class="button primary">Add the webhook</button></form></section>
