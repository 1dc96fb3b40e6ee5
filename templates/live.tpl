{{%AUTOESCAPE context="HTML"}}
<div class="line"><h1>Live</h1>
<div class="acts"><details name="pop" class="pop right"><summary>Copy as curl</summary><div class="pop-list pop-form"><div class="well well-wrap"><pre id="curl">{{CURL:p}}</pre><button type="button" class="copy" data-copy="curl">Copy</button></div><p class="hint">Needs an access token with the scope <code>events:read</code>. Crashes are at <code>crashes</code>.</p></div></details>{{#RUNNING}}<a class="button" id="live-pause" href="{{URL}}">Pause</a>{{/RUNNING}}{{#PAUSED}}<a class="button primary" href="{{URL}}">Go on</a>{{/PAUSED}}</div></div>
<div id="live" data-state="{{STATE}}"{{#RUNNING}} data-poll="5"{{/RUNNING}}>
<p class="live-rate"><b>{{SHOWN}}, <a class="what" href="/docs/definitions#live">{{RATE}}</a>.</b> <span class="second">{{#PAUSED}}Paused at{{/PAUSED}}{{#RUNNING}}As of{{/RUNNING}} {{AT}}, {{ZONE}}.</span><span class="vh" data-news>{{NEWS}}</span></p>
{{#HISTORY}}<p class="note">{{TEXT}}</p>{{/HISTORY}}
{{#REACHED}}<p class="note">{{TEXT}}</p>{{/REACHED}}
{{#NONE}}<div class="empty"><h2>Quiet</h2><p>{{TEXT}}</p><div class="acts"><a class="button{{#BLANK}} primary{{/BLANK}}" href="{{SEND_URL}}">How to send events</a></div></div>{{/NONE}}
{{#LIST}}<ol class="timeline timeline-dated" aria-label="Newest first">
{{#ROW}}<li class="t-{{KIND}}{{#FATAL}} t-fatal{{/FATAL}}"><time datetime="{{ISO}}">{{TIME}}</time><span class="t-kind">{{KIND}}</span><div class="t-what"><a class="mono" href="{{URL}}">{{NAME}}</a>{{#FATAL}} <span class="tag crash">fatal</span>{{/FATAL}} <span class="second">{{FROM}}</span>{{#LATE}} <span class="tag">{{TEXT}}</span>{{/LATE}}{{#WITH}} <code class="t-preview">{{PREVIEW}}</code>{{/WITH}}</div></li>
{{/ROW}}</ol>{{/LIST}}
</div>
