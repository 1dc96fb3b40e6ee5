{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Plans</h1><p>What each team may use. Teams that were given none are on <code>{{DEFAULT}}</code> (<code>TIDEMARK_DEFAULT_PLAN</code>).</p></div>
{{>NOTE}}
<form class="search search-one" method="get" action="/system/plans" role="search" aria-label="Teams"><div><label for="q">Team</label><input id="q" name="q" value="{{Q}}" placeholder="part of its name or address" autocomplete="off" data-search="first"></div>
<div><button class="button">Find</button></div></form>
{{#NONE}}<p class="section">No team has that in its name.</p>{{/NONE}}
{{#TEAMS}}<table class="stack-narrow two-lines"><thead><tr><th scope="col">Team</th><th scope="col">Plan</th><th scope="col">State</th><th scope="col" class="n">Stored this month</th><th scope="col" class="n">Of</th><th scope="col" class="n">Dropped</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td>{{NAME}}<br><code>{{SLUG}}</code></td><td data-label="Plan">{{PLAN}}</td><td data-label="State">{{STATUS}}</td><td class="n" data-label="Stored">{{USED}}{{#NEAR}} <span class="tag warn">{{WORD}}</span>{{/NEAR}}{{#FULL}} <span class="tag crash">{{WORD}}</span>{{/FULL}}</td><td class="n" data-label="Of">{{ALLOWED}}</td><td class="n" data-label="Dropped">{{DROPPED}}</td><td class="row-acts"><a href="{{URL}}">Change<span class="vh"> {{SLUG}}</span></a></td></tr>
{{/ROW}}</tbody></table>{{/TEAMS}}
{{#MORE}}<p class="hint">The first 200 are shown; look for a name above.</p>{{/MORE}}
<section class="section" aria-labelledby="s-set"><h2 id="s-set">Change a team's plan</h2>
<form method="post" action="/system/plans/set" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="row"><div class="field"><label for="team">Team, its address</label><input id="team" name="team" class="mono" value="{{TEAM_SLUG}}" required autocomplete="off"{{#TEAM_SLUG_BAD}} aria-invalid="true" aria-describedby="team-e"{{#FIRST}} autofocus{{/FIRST}}{{/TEAM_SLUG_BAD}}>{{#TEAM_SLUG_BAD}}<p class="bad-field" id="team-e">{{TEXT}}</p>{{/TEAM_SLUG_BAD}}</div>
<div class="field"><label for="plan">Plan</label><select id="plan" name="plan"{{#PLAN_BAD}} aria-invalid="true" aria-describedby="plan-e"{{/PLAN_BAD}}>{{#PLANS}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/PLANS}}</select>{{#PLAN_BAD}}<p class="bad-field" id="plan-e">{{TEXT}}</p>{{/PLAN_BAD}}</div></div>
<div class="row"><div class="field"><label for="when">From</label><select id="when" name="when">{{#WHEN}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/WHEN}}</select></div>
<div class="field"><label for="status">State</label><select id="status" name="status">{{#STATUS}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/STATUS}}</select></div></div>
<div class="field"><label for="limits">Limits of its own</label><input id="limits" name="limits" class="mono" value="{{LIMITS}}" maxlength="1000" autocomplete="off" placeholder="events=250000, members=unlimited" aria-describedby="limits-h{{#LIMITS_BAD}} limits-e{{/LIMITS_BAD}}"{{#LIMITS_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/LIMITS_BAD}}>{{#LIMITS_BAD}}<p class="bad-field" id="limits-e">{{TEXT}}</p>{{/LIMITS_BAD}}<p class="hint" id="limits-h">Instead of the plan's: name=number, name=unlimited, or name=plan to take it back. Names:{{#ENT}} <code>{{NAME}}</code>{{/ENT}}.</p></div>
<button class="button primary">Set the plan</button></form></section>
