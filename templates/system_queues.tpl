{{%AUTOESCAPE context="HTML"}}
<div class="line"><h1>Queue</h1>
<div class="acts"><div class="segments" role="group" aria-label="Range">{{#RANGE}}<a href="{{URL}}"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}</a>{{/RANGE}}</div>
{{#RUNNING}}<details name="pop" class="pop right"><summary>Pause</summary><div class="pop-list"><form class="pop-form" method="post" action="/system/queues/pause"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="reason">Why</label><input id="reason" name="reason" maxlength="200" required autocomplete="off" aria-describedby="reason-h"><p class="hint" id="reason-h">Ingest goes on and answers 202 until the queue is full. Everybody who looks here sees the reason.</p></div><button class="button danger">Pause the consumers</button></form></div></details>{{/RUNNING}}</div></div>
{{>NOTE}}
{{#PAUSED}}<div class="note paused" role="status"><p><b>Paused {{SINCE}} by {{BY}}:</b> {{REASON}}. Ingest goes on; nothing new is stored.</p><form method="post" action="/system/queues/resume"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button primary">Resume</button></form></div>{{/PAUSED}}
<div class="keys">
{{#KEY}}<div class="key"><span class="key-name">{{NAME}}</span><span class="key-value">{{VALUE}}</span><span class="key-delta"><span class="{{CLASS}}">{{MORE}}</span></span></div>
{{/KEY}}</div>
<div class="columns two">{{>WORK}}{{>RUNTIME}}</div>
<section class="section" aria-labelledby="s-kinds"><h2 id="s-kinds">Kinds of work</h2>
<table class="stack-narrow kinds"><thead><tr><th scope="col">Kind</th><th scope="col" class="n">Runs</th><th scope="col" class="n">Items</th><th scope="col" class="n">p50</th><th scope="col" class="n">p95</th><th scope="col" class="n">Failures</th><th scope="col">Last run</th><th scope="col">Next run</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono"><a href="{{URL}}"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}</a></td><td class="n" data-label="Runs">{{RUNS}}</td><td class="n" data-label="Items">{{ITEMS}}</td><td class="n" data-label="p50">{{P50}}</td><td class="n" data-label="p95">{{P95}}</td><td class="n{{#BAD}} bad{{/BAD}}" data-label="Failures">{{FAILURES}}</td>{{#ALWAYS}}<td data-label="Last run" class="quiet">whenever a batch waits</td><td data-label="Next run">–</td><td></td>{{/ALWAYS}}{{#JOB}}<td data-label="Last run">{{LAST}}{{#FAILED}} <span class="tag crash" title="{{ERROR}}">failed</span>{{/FAILED}}</td><td data-label="Next run">{{NEXT}}</td><td class="row-acts"><form method="post" action="{{RUN_URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="plain-button">Run now<span class="vh"> {{NAME}}</span></button></form></td>{{/JOB}}</tr>
{{/ROW}}</tbody></table><p class="small">{{RANGE_NAME}}. Percentiles are within 10 % of the truth.</p></section>
<section class="section" aria-labelledby="s-workers"><h2 id="s-workers">Workers</h2>
{{#LOST}}<p class="note bad">{{TEXT}}</p>{{/LOST}}{{#GONE}}<p class="note">{{TEXT}}</p>{{/GONE}}
{{#NO_WORKERS}}<p>No process has told of itself in the last 30 seconds.</p>{{/NO_WORKERS}}
{{#POOL}}<details class="pool"{{#OPEN}} open{{/OPEN}}><summary><b>{{KIND}}</b> <span class="second">{{SAYS}}</span></summary>
<table class="stack-narrow"><thead><tr><th scope="col">Worker</th><th scope="col" class="n">Pid</th><th scope="col" class="n">Memory</th><th scope="col" class="n">Up</th><th scope="col" class="n">Done</th><th scope="col" class="n">Holds</th><th scope="col">Now</th><th scope="col">Seen</th></tr></thead><tbody>
{{#WORKER}}<tr><td class="mono">{{NAME}}</td><td class="n" data-label="Pid">{{PID}}</td><td class="n" data-label="Memory">{{PSS}}</td><td class="n" data-label="Up">{{UP}}</td><td class="n" data-label="Done">{{DONE}}</td><td class="n" data-label="Holds">{{PENDING}}</td><td data-label="Now">{{NOW}}</td><td data-label="Seen" class="quiet">{{SEEN}}</td></tr>
{{/WORKER}}</tbody></table></details>
{{/POOL}}<p class="small">Memory counts shared pages in part. Done: requests of web and ingest, items of consumers. Holds: batches delivered to it and not stored yet.</p></section>
<section class="section" aria-labelledby="s-runs"><h2 id="s-runs">Runs that did something</h2>
{{#NO_RUNS}}<p>None in the last two weeks.</p>{{/NO_RUNS}}
{{#RUNS}}<table class="stack-narrow"><thead><tr><th scope="col">Began, UTC</th><th scope="col">Job</th><th scope="col">State</th><th scope="col" class="n">Took</th><th scope="col" class="n">Steps</th><th scope="col">By</th></tr></thead><tbody>
{{#ROW}}<tr><td><time datetime="{{ISO}}">{{TIME}}</time></td><td class="mono" data-label="Job">{{NAME}}</td><td data-label="State"><span class="tag {{CLASS}}">{{WORD}}</span>{{#ASKED}} <span class="quiet">asked for</span>{{/ASKED}}{{#ERROR}} {{TEXT}}{{/ERROR}}</td><td class="n" data-label="Took">{{MS}}</td><td class="n" data-label="Steps">{{STEPS}}</td><td class="mono" data-label="By">{{CONSUMER}}</td></tr>
{{/ROW}}</tbody></table>{{/RUNS}}</section>
