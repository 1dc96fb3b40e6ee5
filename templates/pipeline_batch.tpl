{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{UP_URL}}">Batches</a></p><h1 class="mono-title">{{ID}}</h1><p>{{#FAILED}}<span class="tag crash">failed</span> {{/FAILED}}Received <time datetime="{{ISO}}">{{TIME}}</time>, stored {{AFTER}} later.</p></div>
<div class="columns two"><section class="section" aria-labelledby="s-what"><h2 id="s-what">What became of it</h2>
<table><tbody><tr><th scope="row">Accepted at the door</th><td class="n">{{ITEMS}}</td></tr><tr><th scope="row">Stored</th><td class="n">{{STORED}}</td></tr><tr><th scope="row">Duplicate</th><td class="n">{{DUPLICATES}}</td></tr><tr><th scope="row">Rejected</th><td class="n">{{REJECTED}}</td></tr><tr><th scope="row">Dropped</th><td class="n">{{DROPPED}}</td></tr><tr><th scope="row">Dead letters</th><td class="n">{{DEAD}}</td></tr></tbody></table></section>
<section class="section" aria-labelledby="s-from"><h2 id="s-from">Where it came from</h2>
<table><tbody><tr><th scope="row">SDK</th><td class="mono">{{SDK}}</td></tr><tr><th scope="row">Source</th><td>{{SOURCE}}</td></tr><tr><th scope="row">Schema version</th><td class="mono">{{SCHEMA}}</td></tr><tr><th scope="row">Key</th><td class="mono">{{KEY}}</td></tr><tr><th scope="row">Request id</th><td class="mono">{{REQUEST_ID}}</td></tr></tbody></table></section></div>
<section class="section" aria-labelledby="s-why"><h2 id="s-why">Why not all</h2>
{{#CLEAN}}<p>Nothing of it was rejected or dropped.</p>{{/CLEAN}}
<table class="stack-narrow say"><tbody>{{#CODE_ROW}}<tr><td>{{OUTCOME}}</td><td>{{WORDS}} <code>{{CODE}}</code></td><td class="n" data-label="Items">{{N}}</td><td class="quiet">{{#HINT}}{{FIX}}{{/HINT}}</td></tr>
{{/CODE_ROW}}</tbody></table></section>
