{{%AUTOESCAPE context="HTML"}}
<div class="page-head crash-head"><p class="up"><a href="{{LIST_URL}}">Crashes</a></p>
<p class="crash-state"><span class="tag {{STATE}}">{{STATUS}}</span>{{#SEVERITY}} <span class="tag">{{TEXT}}</span>{{/SEVERITY}} <span>{{HISTORY}}</span></p>
<h1 class="mono-title">{{TITLE}}</h1>{{#CULPRIT}}<p class="mono">{{TEXT}}</p>{{/CULPRIT}}</div>
{{>NOTE}}
{{#ACTS}}<div class="line crash-acts" role="group" aria-label="Work on this group">
{{#REOPEN}}<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button">Reopen</button></form>{{/REOPEN}}
{{#NEXT_RELEASE}}<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="how" value="next"><button class="button primary">Resolve in next release</button></form>{{/NEXT_RELEASE}}
<details name="pop" class="pop"{{#VERSION_OPEN}} open{{/VERSION_OPEN}}><summary class="button">Resolve</summary><div class="pop-list pop-form">
<form method="post" action="{{RESOLVE_URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="how" value="now"><button class="button">Resolve now</button><p class="hint">It comes back with a crash of a release later than all it was seen in.</p></form>
<form method="post" action="{{RESOLVE_URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="how" value="release"><div class="field"><label for="version">Resolved in release</label><input id="version" class="mono" name="version" list="releases" maxlength="100" autocomplete="off" value="{{VERSION}}"{{#VERSION_BAD}} aria-invalid="true" aria-describedby="version-e"{{#FIRST}} autofocus{{/FIRST}}{{/VERSION_BAD}}>{{#VERSION_BAD}}<p class="bad-field" id="version-e">{{TEXT}}</p>{{/VERSION_BAD}}<datalist id="releases">{{#RELEASE}}<option value="{{NAME}}"></option>{{/RELEASE}}</datalist></div><button class="button">Resolve in this release</button></form></div></details>
<details name="pop" class="pop"{{#IGNORE_OPEN}} open{{/IGNORE_OPEN}}><summary class="button">Ignore</summary><div class="pop-list pop-form">
<form method="post" action="{{IGNORE_URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><div class="field"><label for="for">For</label><select id="for" name="for"><option value="1">a day</option><option value="7" selected>a week</option><option value="30">30 days</option><option value="90">90 days</option><option value="ever">good</option></select></div><button class="button">Ignore</button></form>
<form method="post" action="{{IGNORE_URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="for" value="crashes"><div class="field"><label for="crashes">Until so many more crashes</label><input id="crashes" name="crashes" inputmode="numeric" maxlength="12" autocomplete="off" value="{{AGAIN}}"{{#AGAIN_BAD}} aria-invalid="true" aria-describedby="crashes-e"{{#FIRST}} autofocus{{/FIRST}}{{/AGAIN_BAD}}>{{#AGAIN_BAD}}<p class="bad-field" id="crashes-e">{{TEXT}}</p>{{/AGAIN_BAD}}</div><button class="button">Ignore until then</button></form></div></details>
<details name="pop" class="pop"><summary class="button">Assign</summary><div class="pop-list pop-form"><form method="post" action="{{ASSIGN_URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><div class="field"><label for="user">To</label><select id="user" name="user"><option value="">nobody</option>{{#MEMBER}}<option value="{{ID}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/MEMBER}}</select></div><button class="button">Assign</button></form></div></details>
<a class="button" href="{{MERGE_URL}}">Merge</a>
</div>{{/ACTS}}
{{#MERGE}}<section class="section" id="merge" aria-labelledby="s-merge"><h2 id="s-merge">Merge into this group</h2><p>What you choose becomes part of this group, with all its crashes and those to come. It can be undone.</p>
{{#NO_OTHERS}}<p class="second">There is no other group in this range.</p>{{/NO_OTHERS}}
{{#OTHERS}}<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><fieldset class="field"><legend class="vh">Groups</legend>{{#OTHER}}<p class="choice"><input type="checkbox" name="group" id="g-{{ID}}" value="{{ID}}"> <label class="in" for="g-{{ID}}"><b class="mono">{{TITLE}}</b> <span class="quiet">{{WHERE}}, {{CRASHES}}</span></label></p>{{/OTHER}}</fieldset><button class="button primary">Merge</button> <a href="{{CLOSE_URL}}">Not now</a></form>{{/OTHERS}}</section>{{/MERGE}}
<div class="keys four">{{#KEY}}<div class="key"><span class="key-name"><a class="what" href="/docs/definitions#{{SLUG}}">{{NAME}}</a></span><span class="key-value">{{#LINK}}<a href="{{URL}}">{{VALUE}}</a>{{/LINK}}{{#PLAIN}}{{VALUE}}{{/PLAIN}}</span><span class="key-delta">{{ABOUT}}</span></div>
{{/KEY}}</div>
<div class="columns wide-left">
<div>
<div class="bad-bars">{{>FIGURE}}</div>
{{#NO_SAMPLE}}<div class="empty"><h2>No crash in this range</h2><p>{{TEXT}}</p><div class="acts"><a class="button" href="{{URL}}">Show 12 months</a></div></div>{{/NO_SAMPLE}}
{{#SAMPLE}}<section aria-labelledby="s-stack" id="stack"><div class="line"><div><h2 id="s-stack">Stack</h2><p class="second">{{WHICH}}</p></div><div class="acts">{{#NEWEST}}<a href="{{URL}}">Newest</a>{{/NEWEST}}{{#NEWER}}<a href="{{URL}}" rel="prev">Newer sample</a>{{/NEWER}}{{#OLDER}}<a href="{{URL}}" rel="next">Next sample</a>{{/OLDER}}</div></div>
{{#MISSING}}<div class="note"><p>{{WHAT}}</p><div class="well well-wrap"><pre id="gap-{{N}}" tabindex="0">{{COMMAND:p}}</pre><button type="button" class="copy" data-copy="gap-{{N}}">Copy<span class="vh"> the command</span></button></div></div>{{/MISSING}}
{{#FRAMES}}<ol class="frames">
{{#PART}}{{#FRAME}}<li class="{{CLASS}}"><span class="frame-no">#{{NO}}</span><code>{{FUNCTION}}</code><code class="frame-place">{{PLACE}}</code></li>{{/FRAME}}{{#RUN}}<li class="run"><details><summary><span class="frame-no">{{NOS}}</span><span>{{TEXT}}</span></summary><ol>{{#INNER}}<li><span class="frame-no">#{{NO}}</span><code>{{FUNCTION}}</code><code class="frame-place">{{PLACE}}</code></li>{{/INNER}}</ol></details></li>{{/RUN}}
{{/PART}}</ol>{{/FRAMES}}
{{#NO_FRAMES}}<p class="second">{{TEXT}}</p>{{/NO_FRAMES}}
<p class="small tight">{{READ}}</p>
{{#MESSAGE}}<details class="more"><summary>The whole message</summary><pre class="t-json">{{TEXT:p}}</pre></details>{{/MESSAGE}}
{{#RAW}}<details class="more"><summary>The stack as it was sent</summary><pre class="t-json" tabindex="0">{{TEXT:p}}</pre></details>{{/RAW}}</section>
<section aria-labelledby="s-crumbs"><div class="line"><h2 id="s-crumbs">Before the crash</h2>{{#SESSION}}<a href="{{URL}}">Open the session</a>{{/SESSION}}</div>
{{#NO_CRUMBS}}<p class="second">The app sent no breadcrumbs with this crash.</p>{{/NO_CRUMBS}}
{{#CRUMBS}}<ol class="timeline">{{#CRUMB}}<li><time>{{WHEN}}</time><span class="t-kind">{{KIND}}</span><div class="t-what">{{TEXT}}{{#DATA}}<details><summary>Details</summary><pre class="t-json">{{JSON:p}}</pre></details>{{/DATA}}</div></li>
{{/CRUMB}}<li class="t-crash"><time>00:00</time><span class="t-kind">crash</span><div class="t-what"><b>{{TITLE}}</b></div></li></ol>{{/CRUMBS}}</section>
<section aria-labelledby="s-facts" class="section"><h2 id="s-facts">This crash</h2><dl class="pairs">{{#PAIR}}<dt>{{NAME}}</dt><dd><span class="{{CLASS}}">{{VALUE}}</span>{{#LINK}}<a href="{{URL}}">{{TEXT}}</a>{{/LINK}}</dd>{{/PAIR}}</dl>
{{#PROPERTIES}}<details class="more"><summary>Properties</summary><pre class="t-json">{{JSON:p}}</pre></details>{{/PROPERTIES}}<p class="small tight">Times are in {{ZONE}}.</p></section>{{/SAMPLE}}
</div>
<div>
<section aria-labelledby="s-where"><h2 id="s-where">Where</h2>{{#DIST}}<table class="dist"><thead><tr><th scope="col">{{NAME}}</th><th scope="col" class="n"><a class="what" href="/docs/definitions#crash-group-users">Users</a></th><th scope="col" class="n"><a class="what" href="/docs/definitions#crashes">Crashes</a></th></tr></thead><tbody>{{#ROW}}<tr><td class="name{{#WORDS}} words{{/WORDS}}">{{SHARE_SVG:none}}{{#LINK}}<a href="{{URL}}">{{VALUE}}</a>{{/LINK}}{{#PLAIN}}<span>{{VALUE}}</span>{{/PLAIN}}</td><td class="n">{{USERS}}</td><td class="n"><span title="{{SHARE}}">{{CRASHES}}</span></td></tr>{{/ROW}}</tbody></table>{{/DIST}}{{#NO_DIST}}<p class="second">No crash in this range.</p>{{/NO_DIST}}</section>
<section class="section" aria-labelledby="s-why"><h2 id="s-why">Why grouped</h2><p>{{WHY}}</p>{{#WHY_TEXT}}<div class="well well-wrap"><pre tabindex="0">{{TEXT:p}}</pre></div>{{/WHY_TEXT}}<p class="hint">{{RULE}}</p>
{{#SPLIT}}<form method="post" action="{{URL}}" class="after"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button">{{TEXT}}</button><p class="hint">{{HINT}}</p></form>{{/SPLIT}}
{{#SPLIT_OF}}<p class="hint">Told apart from <a href="{{URL}}">another group</a>.</p>{{/SPLIT_OF}}</section>
{{#MERGED}}<section class="section" aria-labelledby="s-merged"><h2 id="s-merged">Merged in</h2><ul class="plain-list">{{#IN}}<li><b class="mono">{{TITLE}}</b> <span class="quiet">{{WHEN}}</span>{{#UNDO}}<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="group" value="{{ID}}"><button class="plain-button">Undo<span class="vh"> the merge of {{TITLE}}</span></button></form>{{/UNDO}}</li>{{/IN}}</ul></section>{{/MERGED}}
<section class="section" id="notes" aria-labelledby="s-notes"><h2 id="s-notes">Notes and history</h2>
{{#COMMENT}}<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><div class="field"><label for="text">Note</label><textarea id="text" name="text" rows="3" maxlength="4000"{{#TEXT_BAD}} aria-invalid="true" aria-describedby="text-e"{{#FIRST}} autofocus{{/FIRST}}{{/TEXT_BAD}}>{{TEXT}}</textarea>{{#TEXT_BAD}}<p class="bad-field" id="text-e">{{TEXT}}</p>{{/TEXT_BAD}}</div><button class="button">Add the note</button></form>{{/COMMENT}}
{{#NO_LOG}}<p class="second">Nobody has worked on this group yet.</p>{{/NO_LOG}}
<ol class="notes">{{#LOG}}<li><p><b>{{WHO}}</b> {{WHAT}} <time class="quiet" datetime="{{ISO}}">{{TIME}}</time></p>{{#SAID}}<p class="said">{{TEXT}}</p>{{/SAID}}</li>{{/LOG}}</ol></section>
</div></div>
<div class="line"><p class="quiet">{{RANGE}}. Answered in {{MS}}.</p><div class="acts">{{#EXPORT}}<a href="{{URL}}">Download the newest 100 as NDJSON</a>{{/EXPORT}}<details name="pop" class="pop right"><summary>Copy as curl</summary><div class="pop-list pop-form up"><div class="well well-wrap"><pre id="curl">{{CURL:p}}</pre><button type="button" class="copy" data-copy="curl">Copy</button></div><p class="hint">Needs an access token with the scope <code>events:read</code>. All its crashes are at the same address with <code>/samples</code>.</p></div></details></div></div>
