{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{UP_URL}}">Pipeline</a></p><h1>Missing numbers</h1><p>An SDK numbers what it records. Numbers behind which a later one has arrived are missing; they close by themselves when a device comes back. Largest first.</p></div>
{{#CLEAN}}<div class="empty"><h2>Nothing is missing</h2><p>Every number up to the newest of each install has arrived or was reported.</p></div>{{/CLEAN}}
{{#LIST}}<table class="stack-narrow rows"><thead><tr><th scope="col">Noticed</th><th scope="col">Install</th><th scope="col">Numbers</th><th scope="col" class="n">Missing</th><th scope="col" class="n">Reported</th><th scope="col">State</th></tr></thead><tbody>
{{#ROW}}<tr><td><time datetime="{{ISO}}">{{TIME}}</time></td><td class="mono">{{INSTALL}}</td><td class="mono" data-label="Numbers">{{NUMBERS}}</td><td class="n" data-label="Missing">{{N}}</td><td class="n" data-label="Reported">{{EXPLAINED}}</td><td>{{#OPEN}}<span class="tag">still open</span>{{/OPEN}}</td></tr>
{{/ROW}}</tbody></table>{{/LIST}}
<p class="small">An install is shown by eight digits of a keyed hash: the same install, and no id.</p>
