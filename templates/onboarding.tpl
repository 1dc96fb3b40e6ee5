{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Send events</h1><p>Put the write key of <b>{{PROJECT}}</b>, environment <code>{{ENV}}</code>, into your app. Everything it sends appears on these pages within seconds.</p></div>
<div id="wait" data-poll="3" data-state="{{STATE}}">
{{#STEP}}<p class="step">{{TEXT}}</p>{{/STEP}}
{{#WAITING}}<div class="wait"><i aria-hidden="true"></i><p><b>Waiting for the first event.</b> This page turns live by itself when it arrives. An event that is refused is listed here, with the field at fault and the reason.</p></div>{{/WAITING}}
{{#LIVE}}<div class="wait live"><i aria-hidden="true"></i><p><b>The first event arrived {{AGO}}.</b> <a href="{{OVERVIEW_URL}}">Open the overview</a> or <a href="{{EVENTS_URL}}">look at the events</a>.</p></div>{{#NEWEST}}<section class="section" aria-labelledby="s-newest"><h2 id="s-newest">Newest event: <span class="mono">{{NAME}}</span></h2><div class="well"><pre tabindex="0">{{JSON:p}}</pre></div><p class="hint">Its properties, as stored. It happened {{AGO}}.</p></section>{{/NEWEST}}{{/LIVE}}
{{#REJECTS}}<section class="section" aria-labelledby="s-rejects"><h2 id="s-rejects">Refused lately</h2>
<table class="stack-narrow"><thead><tr><th scope="col">When</th><th scope="col">Where</th><th scope="col">Reason</th><th scope="col">SDK</th><th scope="col">Request id</th></tr></thead><tbody>
{{#ROW}}<tr><td class="when">{{AGO}}</td><td class="mono">{{PATH}}</td><td>{{REASON}}</td><td>{{SDK}}</td><td class="mono">{{REQUEST_ID}}</td></tr>{{/ROW}}</tbody></table></section>{{/REJECTS}}
</div>
<section class="section" aria-labelledby="s-key"><h2 id="s-key">Write key</h2>
{{#KEY}}<div class="well well-wrap"><pre id="key">{{VALUE}}</pre><button type="button" class="copy" data-copy="key">Copy<span class="vh"> the key</span></button></div><p class="hint">A write key can only send. It is safe inside an app.</p>{{/KEY}}
{{#HIDDEN_KEY}}<p>Your role does not show keys. Ask an analyst, admin or owner of the team for the write key of <b>{{PROJECT}}</b>, environment <code>{{ENV}}</code>, and put it where the snippets say <code>YOUR_WRITE_KEY</code>.</p>{{/HIDDEN_KEY}}
{{#NO_KEY}}<p>This environment has no live write key.</p>{{#MAKE}}<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="type" value="write"><input type="hidden" name="expires" value="never"><button class="button primary">Make a write key</button></form>{{/MAKE}}{{#ASK}}<p>Ask an admin or owner of the team to make one on the page <a href="{{URL}}">Keys</a>.</p>{{/ASK}}{{/NO_KEY}}</section>
<section class="section" aria-labelledby="s-guides"><h2 id="s-guides">With an SDK</h2>
<nav class="guide-nav" aria-label="Quickstarts"><ul>{{#GUIDE}}<li><a href="{{URL}}">{{NAME}}</a></li>
{{/GUIDE}}</ul></nav><p class="hint">Quickstarts with this key in their code. Already have the SDK of Sentry, PostHog, Segment, Amplitude, Mixpanel, Aptabase or OpenTelemetry? <a href="/docs/compatibility">Keep it and change one line</a>.</p></section>
<section class="section" aria-labelledby="s-snip"><h2 id="s-snip">Without an SDK</h2>
<div class="tabs">
{{#SNIPPET}}<input type="radio" name="tab" id="t-{{ID}}"{{#FIRST}} checked{{/FIRST}}><label for="t-{{ID}}">{{NAME}}</label>
<div class="panel"><div class="well"><pre id="c-{{ID}}" tabindex="0">{{CODE:p}}</pre><button type="button" class="copy" data-copy="c-{{ID}}">Copy<span class="vh"> the {{NAME}} snippet</span></button></div><p class="hint">{{HINT}}</p></div>
{{/SNIPPET}}</div></section>
<p class="section hint">To look around before your app sends anything, whoever runs this server can load a project with weeks of sample data: <code>tidemarkctl demo load</code>.</p>
