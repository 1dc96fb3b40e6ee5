{{%AUTOESCAPE context="HTML"}}
<div class="line"><h1>Live</h1>
<div class="acts">{{#RUNNING}}<a class="button" id="live-pause" href="{{URL}}">Pause</a>{{/RUNNING}}{{#PAUSED}}<a class="button primary" href="{{URL}}">Go on</a>{{/PAUSED}}</div></div>
<div id="live" data-state="{{STATE}}"{{#RUNNING}} data-poll="5"{{/RUNNING}}>
<p class="live-rate"><b>{{RATE}}</b> <span class="second">{{#PAUSED}}Paused at{{/PAUSED}}{{#RUNNING}}As of{{/RUNNING}} {{AT}}, {{ZONE}}.</span><span class="vh" data-news>{{NEWS}}</span></p>
{{#REACHED}}<p class="note">{{TEXT}}</p>{{/REACHED}}
{{#NONE}}<div class="empty"><h2>Quiet</h2><p>{{TEXT}}</p><div class="acts"><a class="button" href="{{SEND_URL}}">How to send events</a></div></div>{{/NONE}}
{{#LIST}}<ol class="timeline timeline-dated" aria-label="Newest first">
{{#ROW}}<li class="t-{{KIND}}{{#FATAL}} t-fatal{{/FATAL}}"><time datetime="{{ISO}}">{{TIME}}</time><span class="t-kind">{{KIND}}</span><div class="t-what"><a class="mono" href="{{URL}}">{{NAME}}</a>{{#FATAL}} <span class="tag crash">fatal</span>{{/FATAL}} <span class="second">{{FROM}}</span>{{#LATE}} <span class="tag">{{TEXT}}</span>{{/LATE}}{{#WITH}} <code class="t-preview">{{PREVIEW}}</code>{{/WITH}}</div></li>
{{/ROW}}</ol>{{/LIST}}
</div>
