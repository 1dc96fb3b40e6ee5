{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>{{EVENT}}</h1><p>An event of the <a href="{{LIST_URL}}">tracking plan</a> of <b>{{PROJECT}}</b>, environment <code>{{ENV}}</code>.{{#ROWS}} <a href="{{URL}}">Its rows</a>.{{/ROWS}}</p></div>
{{>NOTE}}
<div class="columns two"><section aria-labelledby="s-facts"><h2 id="s-facts">What is known</h2>
<dl class="pairs">{{#PAIR}}<dt>{{NAME}}</dt><dd><span>{{VALUE}}</span></dd>{{/PAIR}}</dl>
<p class="after">{{#SPACE}}Schema in <a class="mono" href="{{URL}}">{{NAME}}</a>. {{/SPACE}}</p></section>
{{#FORM}}<section aria-labelledby="s-say"><h2 id="s-say">What is said of it</h2>
<form method="post" action="{{ACTION}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="name" value="{{NAME}}">
<div class="field"><label for="status">Status</label><select id="status" name="status">{{#STATUSES}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/STATUSES}}</select></div>
<div class="field"><label for="owner">Owner</label><input id="owner" name="owner" value="{{OWNER}}" autocomplete="off" maxlength="80"{{#OWNER_BAD}} aria-invalid="true" aria-describedby="owner-e"{{/OWNER_BAD}}>{{#OWNER_BAD}}<p class="bad-field" id="owner-e">{{TEXT}}</p>{{/OWNER_BAD}}</div>
<div class="field"><label for="description">Description</label><input id="description" name="description" value="{{DESCRIPTION}}" autocomplete="off" maxlength="500"{{#DESCRIPTION_BAD}} aria-invalid="true" aria-describedby="description-e"{{/DESCRIPTION_BAD}}>{{#DESCRIPTION_BAD}}<p class="bad-field" id="description-e">{{TEXT}}</p>{{/DESCRIPTION_BAD}}</div>
<button class="button primary">Save the event</button></form></section>{{/FORM}}</div>
<section class="section" aria-labelledby="s-props"><h2 id="s-props">Properties</h2>
{{#NO_PROPERTIES}}<p>None was seen in the rows that were read.</p>{{/NO_PROPERTIES}}
{{#PROPERTIES}}<p class="second">From {{SAMPLED}} rows of this event.</p><table class="stack-narrow rows"><thead><tr><th scope="col">Key</th><th scope="col">Types, most often first</th><th scope="col" class="n">Filled</th><th scope="col">First seen</th><th scope="col">Last seen</th><th scope="col">Problem</th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono cut">{{KEY}}</td><td data-label="Types">{{TYPES}}</td><td class="n" data-label="Filled">{{FILLED}}</td><td data-label="First seen">{{FIRST}}</td><td data-label="Last seen">{{LAST}}</td><td data-label="Problem">{{#CONFLICT}}<span class="tag warn">more than one type</span>{{/CONFLICT}}</td></tr>
{{/ROW}}</tbody></table>{{/PROPERTIES}}</section>
