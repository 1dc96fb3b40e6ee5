{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="small-up"><a href="{{LIST_URL}}">Releases</a></p><h1 class="mono-title">{{NAME}}</h1>{{#SOMETHING}}<p>On {{ON}}, first seen {{SEEN}} UTC. {{#BEFORE}}Compared with the release before, <a href="{{URL}}">{{NAME}}</a>, in the same range.{{/BEFORE}}{{#NO_BEFORE}}No release before it has data in this range.{{/NO_BEFORE}}</p>{{/SOMETHING}}</div>
{{#SEARCHED}}<p class="note">{{TEXT}}</p>{{/SEARCHED}}
{{#NONE}}<div class="empty"><h2>No {{NOUN}}</h2><p>{{TEXT}}</p><div class="acts">{{#WIDER}}<a class="button" href="{{URL}}">Show {{NAME}}</a>{{/WIDER}}{{#CLEAR}}<a class="button" href="{{URL}}">Clear the filters</a>{{/CLEAR}}<a class="button" href="{{SEND_URL}}">How to send events</a></div></div>{{/NONE}}
{{#SOMETHING}}<div class="keys">
{{#KEY}}<div class="key"><span class="key-name"><a class="what" href="/docs/definitions#{{SLUG}}">{{NAME}}</a></span><span class="key-value">{{VALUE}}</span><span class="key-delta">{{#DELTA}}<span class="{{STATE}}"><span aria-hidden="true">{{SIGN}}</span><span class="vh">{{WORD}}</span> {{TEXT}}</span> from {{WAS}}{{/DELTA}}</span></div>
{{/KEY}}</div>
{{>FIGURE}}
<div class="columns two">
<section aria-labelledby="s-fresh"><h2 id="s-fresh">New crash groups</h2>{{#FRESH}}{{#NONE_HERE}}<p class="small">No crash group began with this release.</p>{{/NONE_HERE}}{{#GROUPS}}<table><thead><tr><th scope="col">Group</th><th scope="col" class="n"><a class="what" href="/docs/definitions#crash-group-users">Users</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#crashes">Crashes</a></th></tr></thead><tbody>
{{#ROW}}<tr><td><a class="group-name" href="{{URL}}">{{TITLE}}</a><span class="group-where"><span>{{CULPRIT}}</span> <span class="tag">{{STATUS}}</span></span></td><td class="n">{{USERS}}</td><td class="n">{{CRASHES}}</td></tr>
{{/ROW}}</tbody></table>{{/GROUPS}}{{/FRESH}}</section>
<section aria-labelledby="s-regressed"><h2 id="s-regressed">Regressed</h2>{{#REGRESSED}}{{#NONE_HERE}}<p class="small">No resolved group came back with this release.</p>{{/NONE_HERE}}{{#GROUPS}}<table><thead><tr><th scope="col">Group</th><th scope="col" class="n"><a class="what" href="/docs/definitions#crash-group-users">Users</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#crashes">Crashes</a></th></tr></thead><tbody>
{{#ROW}}<tr><td><a class="group-name" href="{{URL}}">{{TITLE}}</a><span class="group-where"><span>{{CULPRIT}}</span> <span class="tag crash">{{STATUS}}</span></span></td><td class="n">{{USERS}}</td><td class="n">{{CRASHES}}</td></tr>
{{/ROW}}</tbody></table>{{/GROUPS}}{{/REGRESSED}}</section>
<section aria-labelledby="s-traces"><h2 id="s-traces">Traces</h2>{{#NO_TRACES}}<p class="small">No traces in this range.</p>{{/NO_TRACES}}{{#TRACES}}<table><thead><tr><th scope="col">Trace</th><th scope="col" class="n">p50</th><th scope="col" class="n">p95</th><th scope="col" class="n">Before</th><th scope="col" class="n">Change</th><th scope="col" class="n">Samples</th></tr></thead><tbody>
{{#ROW}}<tr><td class="name"><a href="{{URL}}">{{NAME}}</a></td><td class="n">{{P50}}</td><td class="n">{{P95}}</td><td class="n">{{WAS}}</td><td class="n">{{#DELTA}}<span class="{{STATE}}"><span aria-hidden="true">{{SIGN}}</span><span class="vh">{{WORD}}</span> {{TEXT}}</span>{{/DELTA}}</td><td class="n"><span class="vh">now </span>{{SAMPLES}} <span class="quiet"><span aria-hidden="true">/</span><span class="vh">before</span> {{WAS_SAMPLES}}</span>{{#SMALL}} <span class="tag">few</span>{{/SMALL}}</td></tr>
{{/ROW}}</tbody></table>{{/TRACES}}</section>
{{#GONE}}<section aria-labelledby="s-gone"><h2 id="s-gone">Gone since the release before</h2>{{#NONE_HERE}}<p class="small">Every group of the release before is seen on this one too.</p>{{/NONE_HERE}}{{#GROUPS}}<table><thead><tr><th scope="col">Group</th><th scope="col" class="n"><a class="what" href="/docs/definitions#crash-group-users">Users</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#crashes">Crashes</a></th></tr></thead><tbody>
{{#ROW}}<tr><td><a class="group-name" href="{{URL}}">{{TITLE}}</a><span class="group-where"><span>{{CULPRIT}}</span> <span class="tag">{{STATUS}}</span></span></td><td class="n">{{USERS}}</td><td class="n">{{CRASHES}}</td></tr>
{{/ROW}}</tbody></table>{{/GROUPS}}</section>{{/GONE}}
</div>{{/SOMETHING}}
<p class="small"><a class="what" href="/docs/definitions#window">{{RANGE}}</a>. Answered in {{MS}}.</p>
