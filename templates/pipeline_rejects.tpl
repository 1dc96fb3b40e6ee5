{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{UP_URL}}">Pipeline</a></p><h1>Refused items</h1><p>The newest 50 of the last 24 hours: where, why, and what to do. Values are never kept. To try a body without storing it, send it to <code>POST /api/v1/ingest/validate</code> with a write key: it lists every mistake.</p></div>
{{#REJECTS}}<table class="stack-narrow say rows"><thead><tr><th scope="col">When</th><th scope="col">Where</th><th scope="col">Reason</th><th scope="col">What to do</th><th scope="col">Type</th><th scope="col" class="n">Size</th><th scope="col">SDK</th><th scope="col">Request id</th></tr></thead><tbody>
{{#ROW}}<tr><td>{{AGO}}</td><td class="mono">{{PATH}}</td><td>{{REASON}}</td><td class="quiet">{{#HINT}}{{FIX}}{{/HINT}}</td><td class="mono" data-label="Type">{{TYPE}}</td><td class="n" data-label="Size">{{SIZE}}</td><td class="mono" data-label="SDK">{{SDK}}</td><td class="mono cut" data-label="Request">{{REQUEST_ID}}</td></tr>
{{/ROW}}</tbody></table>{{/REJECTS}}
{{#NO_REJECTS}}<div class="empty"><h2>Nothing was refused</h2><p>Of the last 24 hours. What is refused stands here with the field at fault.</p></div>{{/NO_REJECTS}}
