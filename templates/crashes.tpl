{{%AUTOESCAPE context="HTML"}}
<div class="line"><h1>Crashes</h1>
<div class="acts"><div class="segments" role="group" aria-label="Which groups">{{#PICK}}<a href="{{URL}}"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}{{#COUNT}} <span class="count">{{N}}</span>{{/COUNT}}</a>{{/PICK}}</div></div></div>
<div class="line"><p class="second">{{SAYS}}</p>
<div class="acts"><span class="quiet">Order:</span>{{#ORDER}}<a href="{{URL}}"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}</a>{{/ORDER}}{{#EXPORT}}<a href="{{CSV_URL}}">Download CSV</a><a href="{{NDJSON_URL}}">Download NDJSON</a>{{/EXPORT}}
<details name="pop" class="pop right"><summary>Copy as curl</summary><div class="pop-list pop-form"><div class="well well-wrap"><pre id="curl">{{CURL:p}}</pre><button type="button" class="copy" data-copy="curl">Copy</button></div><p class="hint">Needs an access token with the scope <code>events:read</code>.</p></div></details></div></div>
{{#SEARCHED}}<p class="note">{{TEXT}}</p>{{/SEARCHED}}
{{#NONE}}<div class="empty"><h2>No {{NOUN}}</h2><p>{{TEXT}}</p><div class="acts">{{#OTHERS}}<a class="button" href="{{URL}}">{{NAME}}</a>{{/OTHERS}}{{#WIDER}}<a class="button" href="{{URL}}">Show {{NAME}}</a>{{/WIDER}}{{#CLEAR}}<a class="button" href="{{URL}}">Clear the filters</a>{{/CLEAR}}<a class="button" href="{{SEND_URL}}">How to send events</a></div></div>{{/NONE}}
{{#LIST}}<table class="stack-narrow rows crash-list"><thead><tr><th scope="col">Group</th><th scope="col"><span class="vh">Crashes over time</span></th><th scope="col" class="n">Users</th><th scope="col" class="n">Crashes</th><th scope="col">Releases</th><th scope="col">Last seen</th></tr></thead><tbody>
{{#ROW}}<tr><td class="wide"><a class="group-name" href="{{URL}}">{{TITLE}}</a><span class="group-where">{{#CULPRIT}}<span>{{TEXT}}</span>{{/CULPRIT}}{{#TAG}} <span class="tag {{STATE}}">{{TEXT}}</span>{{/TAG}}{{#ASSIGNEE}} <span class="who-does">{{NAME}}</span>{{/ASSIGNEE}}</span></td><td class="spark-cell">{{SPARK_SVG:none}}</td><td class="n" data-label="Users">{{USERS}}</td><td class="n" data-label="Crashes">{{CRASHES}}</td><td class="mono" data-label="Releases">{{RELEASES}}</td><td data-label="Last seen"><time datetime="{{ISO}}" title="{{TIME}}">{{AGO}}</time></td></tr>
{{/ROW}}</tbody></table>
<nav class="pager" aria-label="Pages"><span class="quiet">{{SHOWN}}</span><span class="acts">{{#FIRST}}<a class="button" href="{{URL}}">First page</a>{{/FIRST}}{{#NEXT}}<a class="button" href="{{URL}}" rel="next">More groups</a>{{/NEXT}}</span></nav>
{{/LIST}}
