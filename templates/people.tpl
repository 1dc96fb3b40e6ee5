{{%AUTOESCAPE context="HTML"}}
<div class="line"><h1>People</h1>
<div class="acts">{{#EXPORT}}<a href="{{CSV_URL}}">Download CSV</a><a href="{{NDJSON_URL}}">Download NDJSON</a>{{/EXPORT}}
<details name="pop" class="pop right"><summary>Copy as curl</summary><div class="pop-list pop-form"><div class="well well-wrap"><pre id="curl">{{CURL:p}}</pre><button type="button" class="copy" data-copy="curl">Copy</button></div><p class="hint">Needs an access token with the scope <code>persons:read</code>.</p></div></details></div></div>
<form class="search search-one" method="get" action="{{PATH}}" role="search" aria-label="People">
{{#KEEP}}<input type="hidden" name="{{NAME}}" value="{{VALUE}}">{{/KEEP}}
<div><label for="q-person">User id, anonymous id or device id</label><input id="q-person" class="mono" name="q" value="{{Q}}" autocomplete="off" spellcheck="false" data-search="first" placeholder="the whole id, or how it begins"></div>
<div><button class="button primary">Find</button></div>
</form>
{{#SEARCHED}}<p class="note">{{TEXT}}</p>{{/SEARCHED}}
{{#NONE}}<div class="empty"><h2>No {{NOUN}}</h2><p>{{TEXT}}</p><div class="acts">{{#WIDER}}<a class="button" href="{{URL}}">Show {{NAME}}</a>{{/WIDER}}{{#CLEAR}}<a class="button" href="{{URL}}">Clear the filters</a>{{/CLEAR}}<a class="button{{#BLANK}} primary{{/BLANK}}" href="{{SEND_URL}}">How to send events</a></div></div>{{/NONE}}
{{#LIST}}<table class="stack-narrow rows"><thead><tr><th scope="col"><a class="what" href="/docs/definitions#seen">Last seen</a>, {{ZONE}}</th><th scope="col"><a class="what" href="/docs/definitions#person">Person</a></th><th scope="col"><a class="what" href="/docs/definitions#seen">First seen</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#sessions">Sessions</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#events">Events</a></th><th scope="col">Platform</th><th scope="col">Version</th><th scope="col">Country</th></tr></thead><tbody>
{{#ROW}}<tr><td><time datetime="{{ISO}}">{{TIME}}</time></td><td class="mono cut" data-label="Person"><a href="{{URL}}">{{PERSON}}</a> <span class="sort">{{SORT}}</span></td><td data-label="First seen">{{FIRST}}</td><td class="n" data-label="Sessions"><a href="{{SESSIONS_URL}}" aria-label="{{SESSIONS}} sessions of {{PERSON}}">{{SESSIONS}}</a></td><td class="n" data-label="Events"><a href="{{EVENTS_URL}}" aria-label="{{EVENTS}} events of {{PERSON}}">{{EVENTS}}</a></td><td data-label="Platform">{{PLATFORM}}</td><td class="mono" data-label="Version">{{VERSION}}</td><td data-label="Country">{{COUNTRY}}</td></tr>
{{/ROW}}</tbody></table>
<nav class="pager" aria-label="Pages"><span class="quiet">{{SHOWN}}</span><span class="acts">{{#FIRST}}<a class="button" href="{{URL}}">Newest</a>{{/FIRST}}{{#NEXT}}<a class="button" href="{{URL}}" rel="next">Seen earlier</a>{{/NEXT}}</span></nav>
{{/LIST}}
