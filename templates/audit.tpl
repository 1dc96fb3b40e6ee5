{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Audit</h1><p>Who did what in {{WHOSE}}, when and from where. Entries cannot be changed or removed; each one holds the hash of the one before it.</p></div>
{{>NOTE}}
<form class="search audit-search" method="get" action="{{PATH}}" role="search" aria-label="Audit">
{{#CHIP}}<input type="hidden" name="{{NAME}}" value="{{VALUE}}">{{/CHIP}}
<div><label for="a-action">What</label><select id="a-action" name="action"><option value="">Everything</option>{{#OPTION}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/OPTION}}</select></div>
<div><label for="a-text">Contains</label><input id="a-text" name="text" value="{{TEXT}}" autocomplete="off" maxlength="200" data-search="first"></div>
<div><label for="a-from">From day</label><input id="a-from" type="date" name="from" value="{{FROM}}"></div>
<div><label for="a-to">To day</label><input id="a-to" type="date" name="to" value="{{TO}}"></div>
<div><button class="button primary">Show entries</button></div>
</form>
{{#CHIP}}<p class="chip">{{LABEL}}: {{VALUE}} <a href="{{URL}}" aria-label="Remove this filter">×</a></p>{{/CHIP}}
<div class="line">{{#STATE}}<p class="good" id="chain">{{TEXT}}</p>{{/STATE}}
<div class="acts">{{#EXPORT}}<a href="{{CSV_URL}}">Download CSV</a><a href="{{NDJSON_URL}}">Download NDJSON</a>{{/EXPORT}}
<details name="pop" class="pop right"><summary>Check all of it</summary><div class="pop-list pop-form"><div class="well well-wrap"><pre id="verify">tidemarkctl audit verify{{FLAG}}
tidemarkctl audit head{{FLAG}}</pre><button type="button" class="copy" data-copy="verify">Copy<span class="vh"> the commands</span></button></div><p class="hint">Keep what <code>head</code> prints somewhere else; <code>verify --pin SEQ:HASH</code> then proves that nothing up to there was cut off.</p></div></details></div></div>
{{#NONE}}<div class="empty"><h2>No entries match</h2><p>Widen the days, or remove a filter.</p><div class="acts"><a class="button" href="{{PATH}}">Show everything</a></div></div>{{/NONE}}
{{#LIST}}<table class="stack-narrow audit"><thead><tr><th scope="col">Time, UTC</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">On what</th><th scope="col">Where from</th><th scope="col" class="n">Entry</th></tr></thead><tbody>
{{#ROW}}<tr><td><time datetime="{{ISO}}">{{TIME}}</time></td><td data-label="Who">{{#ACTOR}}<a class="{{CLASS}}" href="{{URL}}"{{#ID}} title="{{VALUE}}"{{/ID}}>{{NAME}}</a>{{/ACTOR}}</td><td>{{WORDS}}{{#DETAIL}}<details><summary>Details</summary><code>{{JSON}}</code></details>{{/DETAIL}}</td><td data-label="On what">{{#TARGET}}<a class="{{CLASS}}" href="{{URL}}"{{#ID}} title="{{VALUE}}"{{/ID}}>{{NAME}}</a>{{/TARGET}}</td><td data-label="From"><span class="mono">{{ADDR}}</span> <span class="mono quiet request" title="Request {{REQUEST_ID}}">{{REQUEST_ID}}</span></td><td class="n quiet" data-label="Entry">{{SEQ}}</td></tr>
{{/ROW}}</tbody></table>
<nav class="pager" aria-label="Pages"><span></span><span class="acts">{{#FIRST}}<a class="button" href="{{URL}}">Newest</a>{{/FIRST}}{{#NEXT}}<a class="button" href="{{URL}}" rel="next">Older entries</a>{{/NEXT}}</span></nav>
{{/LIST}}
