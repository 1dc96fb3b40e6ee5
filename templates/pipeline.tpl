{{%AUTOESCAPE context="HTML"}}
<div class="line"><h1>Pipeline</h1>
<div class="acts">{{#EXPORT}}<a href="{{CSV_URL}}">Download CSV</a><a href="{{NDJSON_URL}}">Download NDJSON</a>{{/EXPORT}}
<details name="pop" class="pop right"><summary>Copy as curl</summary><div class="pop-list pop-form"><div class="well well-wrap"><pre id="curl">{{CURL:p}}</pre><button type="button" class="copy" data-copy="curl">Copy</button></div><p class="hint">Needs an access token with the scope <code>metrics:read</code>. <code>format=csv</code> or <code>ndjson</code> gives a file.</p></div></details></div></div>
{{#NONE}}<div class="empty"><h2>No {{NOUN}}</h2><p>{{TEXT}}</p><div class="acts">{{#WIDER}}<a class="button" href="{{URL}}">Show {{NAME}}</a>{{/WIDER}}{{#CLEAR}}<a class="button" href="{{URL}}">Clear the filters</a>{{/CLEAR}}<a class="button{{#BLANK}} primary{{/BLANK}}" href="{{SEND_URL}}">How to send events</a></div></div>{{/NONE}}
{{#BALANCE}}<p class="second">{{SAYS}}</p>
<section class="section" aria-labelledby="s-balance"><h2 id="s-balance">What became of every item</h2>
<table class="stack-narrow say balance"><thead><tr><th scope="col">Outcome</th><th scope="col" class="n">Items</th><th scope="col" class="n">Share</th><th scope="col">What it is</th></tr></thead>
<tbody><tr class="total"><td class="name words"><a href="/docs/definitions#pipeline-sent"><b>Sent</b></a></td><td class="n" data-label="Items"><b>{{SENT}}</b></td><td class="n"></td><td class="quiet">all that left the apps, as far as their numbers tell</td></tr>
{{#OUTCOME}}<tr><td class="name words">{{BAR_SVG:none}}<a href="/docs/definitions#{{SLUG}}">{{NAME}}</a></td><td class="n {{STATE}}" data-label="Items">{{#LINK}}<a href="{{URL}}">{{N}}</a>{{/LINK}}{{#PLAIN}}{{N}}{{/PLAIN}}</td><td class="n" data-label="Share">{{SHARE}}</td><td class="quiet">{{SAYS}}</td></tr>
{{/OUTCOME}}</tbody></table>
<p class="small">In {{REQUESTS}}; {{REFUSED}} refused as a whole; SDKs keep what was in them and send it again, or report it. <a href="{{REJECTS_URL}}">The newest refusals</a>.</p></section>
{{>FIGURE}}
{{#REASONS}}<section class="section" aria-labelledby="s-reasons"><h2 id="s-reasons">Why</h2>
<table class="stack-narrow say"><thead><tr><th scope="col">Outcome</th><th scope="col">Reason</th><th scope="col" class="n">Count</th><th scope="col">What to do</th></tr></thead><tbody>
{{#ROW}}<tr><td>{{OUTCOME}}</td><td>{{WORDS}} <code>{{CODE}}</code></td><td class="n" data-label="Count">{{N}}</td><td class="quiet">{{#HINT}}{{FIX}}{{/HINT}}</td></tr>
{{/ROW}}</tbody></table></section>{{/REASONS}}
{{#SDKS}}<section class="section" aria-labelledby="s-sdks"><h2 id="s-sdks">By SDK</h2>
<table class="stack-narrow"><thead><tr><th scope="col">SDK</th><th scope="col">Version</th><th scope="col" class="n"><a class="what" href="/docs/definitions#pipeline-stored">Stored</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#pipeline-duplicate">Duplicate</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#pipeline-rejected">Rejected</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#pipeline-dropped">Dropped</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#pipeline-reported">Reported</a></th><th scope="col" class="n">Requests refused</th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono">{{NAME}}</td><td class="mono" data-label="Version">{{VERSION}}</td><td class="n" data-label="Stored">{{STORED}}</td><td class="n" data-label="Duplicate">{{DUPLICATE}}</td><td class="n" data-label="Rejected">{{REJECTED}}</td><td class="n" data-label="Dropped">{{DROPPED}}</td><td class="n" data-label="Reported">{{REPORTED}}</td><td class="n" data-label="Requests refused">{{REFUSED}}</td></tr>
{{/ROW}}</tbody></table></section>{{/SDKS}}
{{#KEYS}}<section class="section" aria-labelledby="s-keys"><h2 id="s-keys">By key</h2>
<table class="stack-narrow"><thead><tr><th scope="col">Key</th><th scope="col" class="n"><a class="what" href="/docs/definitions#pipeline-stored">Stored</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#pipeline-duplicate">Duplicate</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#pipeline-rejected">Rejected</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#pipeline-dropped">Dropped</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#pipeline-reported">Reported</a></th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono">{{NAME}}</td><td class="n" data-label="Stored">{{STORED}}</td><td class="n" data-label="Duplicate">{{DUPLICATE}}</td><td class="n" data-label="Rejected">{{REJECTED}}</td><td class="n" data-label="Dropped">{{DROPPED}}</td><td class="n" data-label="Reported">{{REPORTED}}</td></tr>
{{/ROW}}</tbody></table></section>{{/KEYS}}{{/BALANCE}}
<p class="small"><a class="what" href="/docs/definitions#window">{{RANGE}}</a>, by the quarter-hour of receipt. Answered in {{MS}}.</p>
