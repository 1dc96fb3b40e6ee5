{{%AUTOESCAPE context="HTML"}}
<div class="line"><h1>Sessions</h1>
<div class="acts"><div class="segments" role="group" aria-label="Which sessions"><a href="{{ALL_URL}}"{{#ALL_HERE}} aria-current="true"{{/ALL_HERE}}>All</a><a href="{{CRASHED_URL}}"{{#CRASHED_HERE}} aria-current="true"{{/CRASHED_HERE}}>With a crash</a></div>
{{#EXPORT}}<a href="{{CSV_URL}}">Download CSV</a><a href="{{NDJSON_URL}}">Download NDJSON</a>{{/EXPORT}}
<details name="pop" class="pop right"><summary>Copy as curl</summary><div class="pop-list pop-form"><div class="well well-wrap"><pre id="curl">{{CURL:p}}</pre><button type="button" class="copy" data-copy="curl">Copy</button></div><p class="hint">Needs an access token with the scope <code>events:read</code>.</p></div></details></div></div>
{{#SEARCHED}}<p class="note">{{TEXT}}</p>{{/SEARCHED}}
{{#NONE}}<div class="empty"><h2>No {{NOUN}}</h2><p>{{TEXT}}</p><div class="acts">{{#WIDER}}<a class="button" href="{{URL}}">Show {{NAME}}</a>{{/WIDER}}{{#CLEAR}}<a class="button" href="{{URL}}">Clear the filters</a>{{/CLEAR}}<a class="button" href="{{SEND_URL}}">How to send events</a></div></div>{{/NONE}}
{{#LIST}}<table class="stack-narrow rows"><thead><tr><th scope="col">Start, {{ZONE}}</th><th scope="col">Person</th><th scope="col" class="n">Duration</th><th scope="col" class="n">Events</th><th scope="col">Began with</th><th scope="col">Version</th><th scope="col">Device</th><th scope="col"><span class="vh">State</span></th></tr></thead><tbody>
{{#ROW}}<tr><td><a href="{{URL}}"><time datetime="{{ISO}}">{{TIME}}</time></a></td><td class="mono cut" data-label="Person">{{PERSON}}</td><td class="n" data-label="Duration">{{DURATION}}{{#OVER_CAP}} <span class="tag">capped</span>{{/OVER_CAP}}</td><td class="n" data-label="Events">{{EVENTS}}</td><td class="mono cut" data-label="Began with">{{ENTRY}}</td><td class="mono" data-label="Version">{{VERSION}}</td><td class="cut" data-label="Device">{{PLATFORM}} {{MODEL}}</td><td>{{#CRASHED}}<span class="tag crash">{{WORD}}</span>{{/CRASHED}}{{#HANDLED}}<span class="tag warn">{{WORD}}</span>{{/HANDLED}}</td></tr>
{{/ROW}}</tbody></table>
<nav class="pager" aria-label="Pages"><span class="quiet">{{SHOWN}}</span><span class="acts">{{#FIRST}}<a class="button" href="{{URL}}">Newest</a>{{/FIRST}}{{#NEXT}}<a class="button" href="{{URL}}" rel="next">Older sessions</a>{{/NEXT}}</span></nav>
{{/LIST}}
