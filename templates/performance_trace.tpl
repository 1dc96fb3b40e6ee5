{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{LIST_URL}}">Performance</a> · <a href="{{NAME_URL}}">{{NAME}}</a></p><h1 class="mono-title">{{NAME}}, {{TOOK}}</h1>
<div class="acts">{{#SESSION}}<a href="{{URL}}">The session around it</a>{{/SESSION}}{{#PERSON}}<a href="{{URL}}">All about this person</a>{{/PERSON}}<details name="pop" class="pop"><summary>Copy as curl</summary><div class="pop-list pop-form"><div class="well well-wrap"><pre id="curl">{{CURL:p}}</pre><button type="button" class="copy" data-copy="curl">Copy</button></div><p class="hint">Needs an access token with the scope <code>events:read</code>.</p></div></details></div></div>
<div class="columns wide-left">
<section aria-labelledby="s-spans"><h2 id="s-spans">Spans</h2>
{{#NO_SPANS}}<p class="second">No spans came with this trace. An SDK that sends <code>spans</code> (<code>name</code>, <code>start_ms</code>, <code>duration_ms</code>) shows here what took how long.</p>{{/NO_SPANS}}
{{#WATERFALL}}<p class="second">{{SAYS}}.</p><table class="rows waterfall stack-narrow"><thead><tr><th scope="col">Span</th><th scope="col" class="n">Starts at</th><th scope="col" class="n">Took</th><th scope="col"><span class="vh">Drawn</span></th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono cut deep-{{DEPTH}}">{{#UNDER}}<span class="vh">level {{LEVEL}}: </span>{{/UNDER}}{{NAME}}{{#FAILED}} <span class="tag crash">failed</span>{{/FAILED}}</td><td class="n" data-label="Starts at">{{START}}</td><td class="n" data-label="Took">{{TOOK}}</td><td class="bar">{{BAR_SVG:none}}</td></tr>
{{/ROW}}</tbody></table>{{/WATERFALL}}
<h2>Attributes</h2>
{{#ATTRIBUTES}}<div class="well well-wrap"><pre id="attributes">{{JSON:p}}</pre><button type="button" class="copy" data-copy="attributes">Copy<span class="vh"> the attributes</span></button></div>{{/ATTRIBUTES}}{{#NO_ATTRIBUTES}}<p class="second">None were sent.</p>{{/NO_ATTRIBUTES}}</section>
<section aria-labelledby="s-facts"><h2 id="s-facts">Facts</h2><dl class="pairs">{{#PAIR}}<dt>{{#WHAT}}<a class="what" href="/docs/definitions#{{SLUG}}">{{NAME}}</a>{{/WHAT}}{{#BARE}}{{NAME}}{{/BARE}}</dt><dd class="{{CLASS}}">{{#ROWS}}<a href="{{URL}}">{{VALUE}}</a>{{/ROWS}}{{#JUST}}{{VALUE}}{{/JUST}}</dd>{{/PAIR}}</dl><p class="small">Times are in {{ZONE}}.</p></section>
</div>
