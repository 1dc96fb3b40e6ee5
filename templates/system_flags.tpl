{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Feature flags</h1><p>The most specific rule counts: of a user, a project, a team, the whole server. Without a rule a flag is as it comes.</p></div>
{{>NOTE}}
<section class="section" aria-labelledby="s-rules"><h2 id="s-rules">Rules</h2>
{{#NONE}}<p>There is no rule: every flag is as it comes.</p>{{/NONE}}
{{#RULES}}<table class="stack-narrow"><thead><tr><th scope="col">Flag</th><th scope="col">For</th><th scope="col">State</th><th scope="col">Set</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono">{{KEY}}</td><td data-label="For"><span class="quiet">{{SCOPE}}</span> {{NAME}}</td><td data-label="State"><span class="tag {{STATE}}">{{WORD}}</span></td><td data-label="Set">{{SET}}</td><td class="row-acts"><form method="post" action="/system/flags/remove"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="flag" value="{{KEY}}"><input type="hidden" name="scope" value="{{SCOPE}}"><input type="hidden" name="subject" value="{{SUBJECT}}"><button class="plain-button danger">Remove<span class="vh"> {{KEY}} of {{NAME}}</span></button></form></td></tr>
{{/ROW}}</tbody></table>{{/RULES}}</section>
<section class="section" aria-labelledby="s-set"><h2 id="s-set">Set a rule</h2>
<form method="post" action="/system/flags/set" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="flag">Flag</label><select id="flag" name="flag"{{#FLAG_BAD}} aria-invalid="true" aria-describedby="flag-e"{{/FLAG_BAD}}>{{#FLAGS}}<option value="{{KEY}}"{{#HERE}} selected{{/HERE}}>{{NAME}} ({{KEY}})</option>{{/FLAGS}}</select>{{#FLAG_BAD}}<p class="bad-field" id="flag-e">{{TEXT}}</p>{{/FLAG_BAD}}</div>
<div class="row"><div class="field"><label for="scope">For</label><select id="scope" name="scope">{{#SCOPES}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/SCOPES}}</select></div>
<div class="field"><label for="subject">Which one</label><input id="subject" name="subject" class="mono" value="{{SUBJECT}}" maxlength="320" autocomplete="off" aria-describedby="subject-h{{#SUBJECT_BAD}} subject-e{{/SUBJECT_BAD}}"{{#SUBJECT_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/SUBJECT_BAD}}>{{#SUBJECT_BAD}}<p class="bad-field" id="subject-e">{{TEXT}}</p>{{/SUBJECT_BAD}}<p class="hint" id="subject-h">A team's address, team/project, or a mail address; an id will do. Nothing for the whole server.</p></div></div>
<div class="field"><label for="percent">Percent</label><input id="percent" name="percent" class="short" inputmode="numeric" value="{{PERCENT}}" maxlength="3" required autocomplete="off" aria-describedby="percent-h{{#PERCENT_BAD}} percent-e{{/PERCENT_BAD}}"{{#PERCENT_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/PERCENT_BAD}}>{{#PERCENT_BAD}}<p class="bad-field" id="percent-e">{{TEXT}}</p>{{/PERCENT_BAD}}<p class="hint" id="percent-h">100 is on, 0 is off. Between them: a fixed share of the teams for the whole server, of a team's projects, of a project's users.</p></div>
<button class="button primary">Set the rule</button></form></section>
<section class="section" aria-labelledby="s-known"><h2 id="s-known">Flags</h2>
<table class="stack-narrow beside two-lines"><thead><tr><th scope="col">Flag</th><th scope="col">Comes</th><th scope="col">Without it</th></tr></thead><tbody>
{{#KNOWN}}<tr><td>{{NAME}}<br><code>{{KEY}}</code></td><td data-label="Comes">{{DEFAULT}}</td><td class="second">{{ABOUT}}</td></tr>
{{/KNOWN}}</tbody></table></section>
