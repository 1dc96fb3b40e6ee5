{{%AUTOESCAPE context="HTML"}}
<div class="page-head line"><div><p class="up"><a href="{{LIST_URL}}">Performance</a></p><h1 class="mono-title">{{NAME}}</h1></div>
<div class="acts"><details name="pop" class="pop right"><summary>Copy as curl</summary><div class="pop-list pop-form"><div class="well well-wrap"><pre id="curl">{{CURL:p}}</pre><button type="button" class="copy" data-copy="curl">Copy</button></div><p class="hint">Needs an access token with the scope <code>events:read</code>.</p></div></details></div></div>
{{#SEARCHED}}<p class="note">{{TEXT}}</p>{{/SEARCHED}}
{{#NONE}}<div class="empty"><h2>No {{NOUN}}</h2><p>{{TEXT}}</p><div class="acts">{{#WIDER}}<a class="button" href="{{URL}}">Show {{NAME}}</a>{{/WIDER}}{{#CLEAR}}<a class="button" href="{{URL}}">Clear the filters</a>{{/CLEAR}}<a class="button{{#BLANK}} primary{{/BLANK}}" href="{{SEND_URL}}">How to send events</a></div></div>{{/NONE}}
{{#SOMETHING}}<div class="keys">
{{#KEY}}<div class="key"><span class="key-name"><a class="what" href="/docs/definitions#{{SLUG}}">{{NAME}}</a></span><span class="key-value">{{VALUE}}{{#ESTIMATE}} <small>estimate</small>{{/ESTIMATE}}</span><span class="key-delta">{{#DELTA}}<span class="{{STATE}}" title="{{TITLE}}"><span aria-hidden="true">{{SIGN}}</span><span class="vh">{{WORD}}</span> {{TEXT}}</span>{{#FEW}} <span class="tag">small sample</span>{{/FEW}}{{/DELTA}}</span></div>
{{/KEY}}{{#COUNT}}<div class="key"><span class="key-name"><a class="what" href="/docs/definitions#trace-samples">Samples</a></span><span class="key-value">{{VALUE}}</span><span class="key-delta">{{#DELTA}}<span class="{{STATE}}"><span aria-hidden="true">{{SIGN}}</span><span class="vh">{{WORD}}</span> {{TEXT}}</span>{{/DELTA}}</span></div>{{/COUNT}}
</div>
{{>FIGURE}}
{{>COUNTS}}
{{#HISTOGRAM}}<figure class="figure" data-chart="bars" aria-labelledby="lie-h">
<div class="figure-head"><h2 id="lie-h">Distribution</h2><p class="says">{{SENTENCE}}</p></div>
<ul class="legend"><li class="readout" aria-live="polite"></li></ul>
<div class="plot">{{PLOT_SVG:none}}</div>
<details class="twin"><summary><span class="when-closed">Show as table</span><span class="when-open">Hide table</span></summary>
<div class="scroll" tabindex="0" role="region" aria-label="Distribution, as a table"><table><thead><tr><th scope="col">Duration</th><th scope="col" class="n">samples</th></tr></thead><tbody>{{#ROW}}<tr><td>{{WHEN}}</td><td class="n">{{VALUE}}</td></tr>
{{/ROW}}</tbody></table></div></details>
</figure>{{/HISTOGRAM}}
<div class="columns two">
{{#PARTS}}<section aria-labelledby="by-{{KEY}}"><h2 id="by-{{KEY}}">{{LABEL}}</h2>
<table><thead><tr><th scope="col">{{LABEL}}</th><th scope="col" class="n"><a class="what" href="/docs/definitions#trace-percentile">p50</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#p95-trace">p95</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#change">Change</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#trace-samples">Samples</a></th></tr></thead><tbody>
{{#ROW}}<tr><td class="name">{{SHARE_SVG:none}}{{#LINK}}<a href="{{URL}}">{{NAME}}</a>{{/LINK}}{{#TEXT}}<span>{{NAME}}</span>{{/TEXT}}</td><td class="n">{{P50}}</td><td class="n">{{P95}}</td><td class="n">{{#DELTA}}<span class="{{STATE}}" title="{{TITLE}}"><span aria-hidden="true">{{SIGN}}</span><span class="vh">{{WORD}}</span> {{TEXT}}</span>{{/DELTA}}</td><td class="n">{{SAMPLES}}{{#SMALL}} <span class="tag">few</span>{{/SMALL}}</td></tr>
{{/ROW}}</tbody></table></section>
{{/PARTS}}</div>
{{#SLOWEST}}<section class="section" aria-labelledby="s-slow"><h2 id="s-slow">Slowest examples</h2>
<table class="stack-narrow rows"><thead><tr><th scope="col">When, {{ZONE}}</th><th scope="col" class="n">Duration</th><th scope="col">Version</th><th scope="col">Device</th><th scope="col">Session</th></tr></thead><tbody>
{{#ROW}}<tr><td><a href="{{URL}}"><time datetime="{{ISO}}">{{TIME}}</time></a></td><td class="n">{{DURATION}}{{#SPANS}} <span class="tag">spans</span>{{/SPANS}}</td><td class="mono">{{VERSION}}</td><td class="cut">{{PLATFORM}} {{MODEL}}</td><td>{{#SESSION}}<a href="{{URL}}">Show the session</a>{{/SESSION}}</td></tr>
{{/ROW}}</tbody></table></section>{{/SLOWEST}}
{{/SOMETHING}}
<p class="small"><a class="what" href="/docs/definitions#window">{{RANGE}}</a>. Answered in {{MS}}.</p>
