{{%AUTOESCAPE context="HTML"}}
<div class="review">
{{#SAY}}<p class="note">{{TEXT}}</p>{{/SAY}}
<div class="keys">
{{#KEY}}<div class="key"><span class="key-name">{{#LINK}}<a class="what" href="/docs/definitions#{{SLUG}}">{{NAME}}</a>{{/LINK}}{{#PLAIN}}{{NAME}}{{/PLAIN}}</span><span class="key-value">{{#LINK}}<a href="{{URL}}" aria-label="{{NAME}}: {{VALUE}}, show what is behind it">{{VALUE}}</a>{{/LINK}}{{#PLAIN}}{{VALUE}}{{/PLAIN}}{{#ESTIMATE}} <small>estimate</small>{{/ESTIMATE}}</span><span class="key-delta">{{#DELTA}}<span class="{{STATE}}"><span aria-hidden="true">{{SIGN}}</span><span class="vh">{{WORD}}</span> {{TEXT}}</span>{{#ON}} on {{WAS}}{{/ON}}{{/DELTA}}{{#BEFORE}}{{WAS}} in {{MONTH}}{{/BEFORE}}</span>{{SPARK_SVG:none}}</div>
{{/KEY}}</div>
{{>USERS_FIGURE}}
{{>EVENTS_FIGURE}}
<div class="columns two">
<section aria-labelledby="s-events"><div class="head"><h2 id="s-events">Events</h2>{{#NAMES_SHOWN}}<span class="quiet">{{TEXT}}</span>{{/NAMES_SHOWN}}</div>
{{#EVENTS}}<table><thead><tr><th scope="col">Name</th><th scope="col" class="n">Events</th><th scope="col" class="n">Users</th></tr></thead><tbody>
{{#ROW}}<tr><td class="name">{{SHARE_SVG:none}}{{#LINK}}<a href="{{URL}}">{{NAME}}</a>{{/LINK}}{{#PLAIN}}<span>{{NAME}}</span>{{/PLAIN}}</td><td class="n">{{EVENTS}}</td><td class="n">{{USERS}}</td></tr>
{{/ROW}}</tbody></table>{{/EVENTS}}{{#NO_EVENTS}}<p class="small">No events in this month.</p>{{/NO_EVENTS}}</section>
<section aria-labelledby="s-people"><div class="head"><h2 id="s-people">People</h2></div>
<dl class="pairs wide"><dt>Active</dt><dd>{{USERS}}</dd><dt>Also in {{BEFORE_MONTH}}</dt><dd>{{CAME_BACK}}</dd><dt>Not in {{BEFORE_MONTH}}</dt><dd>{{FRESH}}</dd><dt>Only in {{BEFORE_MONTH}}</dt><dd>{{GONE}}</dd></dl>
<p class="small">{{CAME_BACK_SAYS}}</p></section>
</div>
<section class="section" aria-labelledby="s-releases"><div class="head"><h2 id="s-releases">Releases</h2>{{#RELEASES_SHOWN}}<span class="quiet">{{TEXT}}</span>{{/RELEASES_SHOWN}}</div>
{{#RELEASES}}<table class="stack-narrow"><thead><tr><th scope="col">Release</th><th scope="col" class="n">Users</th><th scope="col" class="n">Of the platform’s users</th><th scope="col" class="n">Crash-free users</th><th scope="col" class="n">Crashes</th><th scope="col" class="n">New crash groups</th><th scope="col" class="n">Cold start p95</th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono wrap">{{NAME}}</td><td class="n" data-label="Users">{{USERS}}</td><td class="n" data-label="Of platform">{{ADOPTION}}</td><td class="n{{#LOW}} bad{{/LOW}}" data-label="Crash-free users">{{CRASH_FREE}}</td><td class="n" data-label="Crashes">{{CRASHES}}</td><td class="n" data-label="New crash groups">{{NEW}}</td><td class="n" data-label="Cold start p95">{{COLD}}</td></tr>
{{/ROW}}</tbody></table>{{/RELEASES}}{{#NO_RELEASES}}<p class="small">Nothing in this month names its release.</p>{{/NO_RELEASES}}</section>
<section class="section" aria-labelledby="s-crashes"><div class="head"><h2 id="s-crashes">Crashes</h2>{{#CRASHES_SHOWN}}<span class="quiet">{{TEXT}}</span>{{/CRASHES_SHOWN}}</div>
{{#CRASHES}}<table><thead><tr><th scope="col">Group</th><th scope="col" class="n">Users</th><th scope="col" class="n">Crashes</th></tr></thead><tbody>
{{#ROW}}<tr><td>{{#LINK}}<a class="group-name" href="{{URL}}">{{TITLE}}</a>{{/LINK}}{{#PLAIN}}<span class="group-name">{{TITLE}}</span>{{/PLAIN}}<span class="group-where"><span>{{CULPRIT}}</span>{{#TAG}} <span class="tag {{STATE}}">{{TEXT}}</span>{{/TAG}}</span></td><td class="n">{{USERS}}</td><td class="n">{{CRASHES}}</td></tr>
{{/ROW}}</tbody></table>{{/CRASHES}}{{#NO_CRASHES}}<p class="small">No crashes in this month.</p>{{/NO_CRASHES}}</section>
{{#PERFORMANCE}}<section class="section" aria-labelledby="s-traces"><div class="head"><h2 id="s-traces">Slowest traces</h2>{{#TRACES_SHOWN}}<span class="quiet">{{TEXT}}</span>{{/TRACES_SHOWN}}</div>
{{#TRACES}}<table class="stack-narrow"><thead><tr><th scope="col">Trace</th><th scope="col" class="n">p95</th><th scope="col" class="n">Change</th><th scope="col" class="n">p50</th><th scope="col" class="n">Samples</th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono wrap">{{#LINK}}<a href="{{URL}}">{{NAME}}</a>{{/LINK}}{{#PLAIN}}{{NAME}}{{/PLAIN}}</td><td class="n" data-label="p95"><b>{{P95}}</b>{{#ESTIMATE}} <small>estimate</small>{{/ESTIMATE}}</td><td class="n" data-label="Change">{{#DELTA}}<span class="{{STATE}}"><span aria-hidden="true">{{SIGN}}</span><span class="vh">{{WORD}}</span> {{TEXT}}</span>{{/DELTA}}{{#NO_DELTA}}–{{/NO_DELTA}}</td><td class="n" data-label="p50">{{P50}}</td><td class="n" data-label="Samples">{{SAMPLES}}</td></tr>
{{/ROW}}</tbody></table>{{/TRACES}}{{#NO_TRACES}}<p class="small">No traces in this month.</p>{{/NO_TRACES}}</section>{{/PERFORMANCE}}
<section class="section" aria-labelledby="s-items"><h2 id="s-items">What became of what was sent</h2>
<p>{{ITEMS_SAY}}</p>
<dl class="pairs wide">{{#ITEM}}<dt>{{NAME}}</dt><dd>{{VALUE}}</dd>{{/ITEM}}</dl></section>
<p class="small">{{FOOT}}</p>
</div>
