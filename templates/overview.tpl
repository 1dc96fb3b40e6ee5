{{%AUTOESCAPE context="HTML"}}
<h1 class="vh">Overview of {{PROJECT}}, {{ENV}}</h1>
<div class="keys">
{{#KEY}}<div class="key{{#HERE}} here{{/HERE}}"><a class="key-name" href="{{URL}}"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}</a><a class="why" href="/docs/definitions#{{SLUG}}" aria-label="What is {{NAME}}?">?</a><span class="key-value">{{#LINK}}<a href="{{ROWS_URL}}" aria-label="{{NAME}}: {{VALUE}}, show the rows">{{VALUE}}</a>{{/LINK}}{{#PLAIN}}{{VALUE}}{{/PLAIN}}{{#ESTIMATE}} <small>estimate</small>{{/ESTIMATE}}</span><span class="key-delta">{{#DELTA}}<span class="{{STATE}}"><span aria-hidden="true">{{SIGN}}</span><span class="vh">{{WORD}}</span> {{TEXT}}</span>{{#AGAINST}} {{NAME}}{{/AGAINST}}{{/DELTA}}</span>{{SPARK_SVG:none}}</div>
{{/KEY}}</div>
{{#NOTE}}<p class="small">{{TEXT}}</p>{{/NOTE}}
{{>FIGURE}}
{{#NOTHING}}<div class="empty"><h2>Nothing stored in this range</h2><p>{{TEXT}}</p><div class="acts">{{#WIDER}}<a class="button" href="{{URL}}">Show {{NAME}}</a>{{/WIDER}}{{#CLEAR}}<a class="button" href="{{URL}}">Clear the filters</a>{{/CLEAR}}<a class="button" href="{{SEND_URL}}">How to send events</a></div></div>{{/NOTHING}}
{{#SOMETHING}}
<div class="columns three">
<section aria-labelledby="s-events"><div class="head"><h2 id="s-events">Events</h2><a href="{{EVENTS_URL}}">{{ALL_NAMES}}</a></div>
{{#NAMES}}<table><thead><tr><th scope="col">Name</th><th scope="col" class="n"><a class="what" href="/docs/definitions#events">Count</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#active-users">Users</a></th></tr></thead><tbody>
{{#ROW}}<tr><td class="name">{{SHARE_SVG:none}}<a href="{{URL}}">{{NAME}}</a></td><td class="n"><a href="{{URL}}">{{EVENTS}}</a></td><td class="n">{{USERS}}</td></tr>
{{/ROW}}</tbody></table>{{/NAMES}}{{#NO_NAMES}}<p class="small">No events in this range.</p>{{/NO_NAMES}}</section>
<section aria-labelledby="s-versions"><div class="head"><h2 id="s-versions">Versions</h2></div>
{{#VERSIONS}}<table><thead><tr><th scope="col">Version</th><th scope="col" class="n"><a class="what" href="/docs/definitions#active-users">Users</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#release-crash-free-users">Crash-free</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#p95-cold-start">Cold start</a></th></tr></thead><tbody>
{{#ROW}}<tr><td class="name">{{SHARE_SVG:none}}{{#LINK}}<a href="{{URL}}">{{NAME}}</a>{{/LINK}}{{#TEXT}}<span>{{NAME}}</span>{{/TEXT}}</td><td class="n">{{#ROWS}}<a href="{{ROWS_URL}}">{{ADOPTION}}</a>{{/ROWS}}{{#PLAIN}}{{ADOPTION}}{{/PLAIN}}</td><td class="n{{#LOW}} bad{{/LOW}}">{{CRASH_FREE}}</td><td class="n">{{COLD}}</td></tr>
{{/ROW}}</tbody></table>{{/VERSIONS}}{{#NO_VERSIONS}}<p class="small">No event names its app version.</p>{{/NO_VERSIONS}}</section>
<section class="tall" aria-labelledby="s-crashes"><div class="head"><h2 id="s-crashes">Crashes</h2><a href="{{CRASHES_URL}}">{{GROUPS_OPEN}}</a></div>
{{#GROUPS}}<table><thead><tr><th scope="col">Group</th><th scope="col" class="n"><a class="what" href="/docs/definitions#crash-group-users">Users</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#crashes">Crashes</a></th></tr></thead><tbody>
{{#ROW}}<tr><td><a class="group-name" href="{{URL}}">{{TITLE}}</a><span class="group-where"><span title="{{CULPRIT_FULL}}">{{CULPRIT}}</span>{{#TAG}} <span class="tag {{STATE}}">{{TEXT}}</span>{{/TAG}}</span></td><td class="n">{{USERS}}</td><td class="n"><a href="{{URL}}" aria-label="{{CRASHES}} crashes of {{TITLE}}">{{CRASHES}}</a></td></tr>
{{/ROW}}</tbody></table>{{/GROUPS}}{{#NO_GROUPS}}<p class="small">No crashes in this range.</p>{{/NO_GROUPS}}</section>
<section aria-labelledby="s-platforms"><div class="head"><h2 id="s-platforms">Platforms</h2></div>
{{#PLATFORMS}}<table><thead><tr><th scope="col">Platform</th><th scope="col" class="n"><a class="what" href="/docs/definitions#active-users">Users</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#events">Events</a></th><th scope="col" class="n">Share</th></tr></thead><tbody>
{{#ROW}}<tr><td class="name words">{{SHARE_SVG:none}}{{#LINK}}<a href="{{URL}}">{{NAME}}</a>{{/LINK}}{{#TEXT}}<span>{{NAME}}</span>{{/TEXT}}</td><td class="n">{{USERS}}</td><td class="n">{{#ROWS}}<a href="{{ROWS_URL}}">{{EVENTS}}</a>{{/ROWS}}{{#PLAIN}}{{EVENTS}}{{/PLAIN}}</td><td class="n">{{SHARE}}</td></tr>
{{/ROW}}</tbody></table>{{/PLATFORMS}}{{#NO_PLATFORMS}}<p class="small">No event names its platform.</p>{{/NO_PLATFORMS}}</section>
<section aria-labelledby="s-countries"><div class="head"><h2 id="s-countries">Countries</h2></div>
{{#COUNTRIES}}<table><thead><tr><th scope="col">Country</th><th scope="col" class="n"><a class="what" href="/docs/definitions#active-users">Users</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#events">Events</a></th><th scope="col" class="n">Share</th></tr></thead><tbody>
{{#ROW}}<tr><td class="name words">{{SHARE_SVG:none}}{{#LINK}}<a href="{{URL}}">{{NAME}}</a>{{/LINK}}{{#TEXT}}<span>{{NAME}}</span>{{/TEXT}}</td><td class="n">{{USERS}}</td><td class="n">{{#ROWS}}<a href="{{ROWS_URL}}">{{EVENTS}}</a>{{/ROWS}}{{#PLAIN}}{{EVENTS}}{{/PLAIN}}</td><td class="n">{{SHARE}}</td></tr>
{{/ROW}}</tbody></table>{{/COUNTRIES}}{{#NO_COUNTRIES}}<p class="small">No event carries a country.</p>{{/NO_COUNTRIES}}</section>
</div>
{{/SOMETHING}}
<p class="small"><a class="what" href="/docs/definitions#window">{{RANGE}}</a>. Answered in {{MS}}.</p>
