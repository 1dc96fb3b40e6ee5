{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Components</h1><p>Every part that pages are made of, in the theme you use. Numbers on this page are invented.</p></div>
<section class="section" aria-labelledby="d-colour"><h2 id="d-colour">Colour</h2>
<ul class="swatches">{{#SWATCH}}<li><svg aria-hidden="true" width="100%" height="40"><rect class="{{CLASS}}" width="100%" height="40"/></svg><code>{{NAME}}</code><br>{{USE}}</li>{{/SWATCH}}</ul></section>
<section class="section" aria-labelledby="d-type"><h2 id="d-type">Type</h2>
<p class="key-value">1,283,412</p><p>30 px key number, tabular figures</p><p class="as-h1">Page title, 24 px</p><p class="as-h2">Section title, 15 px</p><p>Text, 14/20: numbers are read against where the water stood before.</p><p class="mono">checkout_started 2.4.0+241</p></section>
<section class="section" aria-labelledby="d-keys"><h2 id="d-keys">Key numbers</h2>
<div class="keys">{{#KEY}}<div class="key{{#HERE}} here{{/HERE}}"><span class="key-name">{{NAME}}</span><span class="key-value">{{VALUE}}</span><span class="key-delta"><span class="{{STATE}}"><span aria-hidden="true">{{SIGN}}</span><span class="vh">{{WORD}}</span> {{TEXT}}</span> on 30 days before</span>{{SPARK_SVG:none}}</div>{{/KEY}}</div></section>
{{>FIGURE}}
{{>BARS}}
<section class="section" aria-labelledby="d-tags"><h2 id="d-tags">Tags and notes</h2>
<p><span class="tag">open</span> <span class="tag crash">regressed in 2.4.0</span> <span class="tag warn">new in 2.4.0</span> <span class="tag ok">resolved</span></p>
<p class="note">Counted back to 3 Nov: the search stopped there. Narrow the range for the rest.</p><p class="note bad">The store did not answer. Try again.</p><p class="note good">Saved.</p></section>
<section class="section" aria-labelledby="d-controls"><h2 id="d-controls">Controls</h2>
<p class="acts"><button type="button" class="button primary">Resolve in next release</button> <button type="button" class="button">Assign</button> <span class="chip">platform is android<a href="/system/design" aria-label="Remove filter: platform is android">×</a></span></p>
<div class="columns two"><div class="field"><label for="d-in">Event name</label><input id="d-in" class="mono" value="checkout_started"></div><div class="field"><label for="d-sel">Relation</label><select id="d-sel"><option>is</option><option>is not</option></select></div></div></section>
<section class="section" aria-labelledby="d-table"><h2 id="d-table">Tables</h2>
<table><thead><tr><th scope="col">Name</th><th scope="col" class="n">Count</th><th scope="col" class="n">Users</th></tr></thead><tbody>{{#ROW}}<tr><td class="name">{{SHARE_SVG:none}}<span>{{NAME}}</span></td><td class="n">{{EVENTS}}</td><td class="n">{{USERS}}</td></tr>{{/ROW}}</tbody></table></section>
<section class="section" aria-labelledby="d-empty"><h2 id="d-empty">Empty</h2>
<div class="empty"><h2>No events match</h2><p>Nothing was stored in these 30 days that passes the filters.</p><a class="button" href="/system/design">Clear the filters</a></div></section>
