{{%AUTOESCAPE context="HTML"}}
<h1 class="vh">Events of {{PROJECT}}, {{ENV}}</h1>
<form class="search" method="get" action="{{PATH}}" role="search" aria-label="Events">
{{#KEEP}}<input type="hidden" name="{{NAME}}" value="{{VALUE}}">{{/KEEP}}
<div><label for="q-name">Event name</label><input id="q-name" class="mono" name="name" value="{{Q_NAME}}" list="names" autocomplete="off" data-search="first"></div>
<div><label for="q-user">User id</label><input id="q-user" class="mono" name="user" value="{{Q_USER}}" autocomplete="off"></div>
<div><label for="q-session">Session id</label><input id="q-session" class="mono" name="session" value="{{Q_SESSION}}" autocomplete="off"></div>
<div><label for="q-prop">Property</label><input id="q-prop" class="mono" name="prop" placeholder="plan" list="props" autocomplete="off"></div>
<div><label for="q-value">is</label><input id="q-value" class="mono" name="value" placeholder="pro" autocomplete="off"></div>
<div><button class="button primary">Show events</button></div>
<datalist id="names">{{#KNOWN}}<option value="{{NAME}}"></option>{{/KNOWN}}</datalist>
<datalist id="props">{{#KNOWN_PROP}}<option value="{{NAME}}"></option>{{/KNOWN_PROP}}</datalist>
</form>
{{>FIGURE}}
<div class="line"><h2><a class="what" href="/docs/definitions#events">{{TOTAL}}</a></h2>
<div class="acts">{{#EXPORT}}<a href="{{CSV_URL}}">Download CSV</a><a href="{{NDJSON_URL}}">Download NDJSON</a>{{/EXPORT}}
<details name="pop" class="pop right"><summary>Copy as curl</summary><div class="pop-list pop-form"><div class="well well-wrap"><pre id="curl">{{CURL:p}}</pre><button type="button" class="copy" data-copy="curl">Copy</button></div><p class="hint">Needs an access token with the scope <code>events:read</code>.</p></div></details></div></div>
{{#NOTE}}<p class="note">{{TEXT}}</p>{{/NOTE}}
{{#NONE}}<div class="empty"><h2>No events match</h2><p>{{TEXT}}</p><div class="acts">{{#WIDER}}<a class="button" href="{{URL}}">Show {{NAME}}</a>{{/WIDER}}{{#CLEAR}}<a class="button" href="{{URL}}">Clear the filters</a>{{/CLEAR}}<a class="button{{#BLANK}} primary{{/BLANK}}" href="{{SEND_URL}}">How to send events</a></div></div>{{/NONE}}
{{#LIST}}<div class="stream">
<div class="cells stream-head" aria-hidden="true"><span>Time, {{ZONE}}</span><span>Name</span><span>Person</span><span>Version</span><span>Platform</span><span>Properties</span></div>
{{#EVENT}}<div class="ev"{{#OPEN}} id="open"{{/OPEN}}><a class="cells" href="{{URL}}"{{#HERE}} aria-expanded="true"{{/HERE}}><time datetime="{{ISO}}">{{TIME}}</time><b>{{NAME}}</b><i>{{PERSON}}</i><span>{{VERSION}}</span><span>{{PLATFORM}}</span><code>{{PREVIEW}}</code></a>{{#OPEN}}
<div class="ev-body"><dl class="pairs">{{#PAIR}}<dt>{{NAME}}</dt><dd><span class="{{CLASS}}">{{VALUE}}</span>{{#LINK}}<a href="{{URL}}">Filter<span class="vh"> by {{NAME}} {{VALUE}}</span></a>{{/LINK}}</dd>{{/PAIR}}</dl>
<div><div class="well well-wrap"><pre id="payload">{{JSON:p}}</pre><button type="button" class="copy" data-copy="payload">Copy<span class="vh"> the payload</span></button></div><p class="hint close"><a href="{{CLOSE_URL}}">Close</a></p></div></div>{{/OPEN}}</div>
{{/EVENT}}</div>
<nav class="pager" aria-label="Pages"><span class="quiet">{{SHOWN}}</span><span class="acts">{{#FIRST}}<a class="button" href="{{URL}}">Newest</a>{{/FIRST}}{{#NEXT}}<a class="button" href="{{URL}}" rel="next">Older events</a>{{/NEXT}}</span></nav>
{{/LIST}}
