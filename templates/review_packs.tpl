{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Review packs</h1><p>A month of {{PROJECT}}, {{ENV}}, against the month before: for a meeting, on paper or as a file. Sums only; nothing in a pack is about one person.</p></div>
{{>NOTE}}
<form method="post" action="{{ASK_URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="month">Month</label><select id="month" name="month"{{#BAD}} aria-invalid="true" aria-describedby="month-e" autofocus{{/BAD}}>{{#MONTH}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/MONTH}}</select>{{#BAD}}<p class="bad-field" id="month-e">{{TEXT}}</p>{{/BAD}}</div>
{{#MAY}}<button class="button primary">Make a review pack</button>{{/MAY}}
<p class="hint">Calendar months of {{ZONE}}. {{#MAY}}A pack is a picture of the moment it is made; asking again makes it again.{{/MAY}}{{#MAY_NOT}}Analysts and above can have one made.{{/MAY_NOT}}</p></form>
{{#NONE}}<div class="empty"><h2>No review packs yet</h2><p>Choose a month above. It takes a few seconds, and the pack stays here for {{MONTHS}} months.</p></div>{{/NONE}}
{{#LIST}}<section class="section" aria-labelledby="s-packs"><h2 id="s-packs">Made so far</h2>
<table class="stack-narrow"><thead><tr><th scope="col">Month</th><th scope="col">State</th><th scope="col">Made</th><th scope="col">Asked for by</th></tr></thead><tbody>
{{#ROW}}<tr><td><a href="{{URL}}">{{NAME}}</a></td><td data-label="State"><span class="tag {{STATE}}">{{WORD}}</span></td><td data-label="Made">{{MADE}}</td><td data-label="Asked for by">{{BY}}</td></tr>
{{/ROW}}</tbody></table></section>{{/LIST}}
