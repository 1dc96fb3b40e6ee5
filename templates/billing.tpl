{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Plan and usage</h1><p>What <b>{{TEAM}}</b> may use, and what it has used in {{MONTH}}. Months are calendar months in UTC.</p></div>
<dl class="pairs wide"><dt>Plan</dt><dd><span><b>{{PLAN}}</b> <span class="tag {{STATE}}">{{STATUS}}</span></span></dd>{{#PAIR}}<dt>{{NAME}}</dt><dd>{{VALUE}}</dd>{{/PAIR}}</dl>
<section class="section" aria-labelledby="s-meters"><h2 id="s-meters">This month</h2>
{{#DROPPED}}<p class="note bad">Dropped for the quota this month: {{N}} items. They are in the ledger of each batch as <code>quota_exceeded</code>.</p>{{/DROPPED}}
<table class="stack-narrow meters"><thead><tr><th scope="col">What</th><th scope="col" class="n">Used</th><th scope="col" class="n">Of</th><th scope="col">Share</th><th scope="col" class="n">At this pace by the end</th><th scope="col">At the limit</th></tr></thead><tbody>
{{#METER}}<tr><td class="what-is">{{NAME}}{{#PARTS}}<br><span class="quiet">{{EVENTS}} events, {{CRASHES}} crashes, {{TRACES}} traces</span>{{/PARTS}}</td><td class="n" data-label="Used">{{USED}}</td><td class="n" data-label="Of">{{ALLOWED}}{{#OWN}} <span class="tag">own</span>{{/OWN}}</td><td class="share" data-label="Share">{{#BAR}}<svg class="gauge {{STATE}}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="rest" width="100" height="8"/><rect class="used" width="{{WIDTH}}" height="8"/><rect class="ahead" x="{{MARK}}" width="1" height="8"/></svg><span>{{PERCENT}}</span>{{/BAR}}</td><td class="n" data-label="By the end">{{FORECAST}}{{#OVER}} <span class="tag warn">over</span>{{/OVER}}</td><td class="second">{{ABOUT}}</td></tr>
{{/METER}}</tbody></table>
<p class="hint">Events, crashes and traces are counted as they are stored. The mark in a bar is where the month ends at this pace. {{#MEASURED}}People and storage were measured {{AGO}}; storage is an estimate.{{/MEASURED}}</p></section>
<section class="section" aria-labelledby="s-limits"><h2 id="s-limits">Other limits</h2>
<table class="stack-narrow meters"><thead><tr><th scope="col">What</th><th scope="col" class="n">Used</th><th scope="col" class="n">Of</th><th scope="col">At the limit</th></tr></thead><tbody>
{{#LIMIT}}<tr><td class="what-is">{{NAME}}</td><td class="n" data-label="Used">{{USED}}</td><td class="n" data-label="Of">{{ALLOWED}}{{#OWN}} <span class="tag">own</span>{{/OWN}}</td><td class="second">{{ABOUT}}</td></tr>
{{/LIMIT}}</tbody></table></section>
<section class="section" aria-labelledby="s-months"><h2 id="s-months">Month by month</h2>
{{#NO_MONTHS}}<p>Nothing was used yet.</p>{{/NO_MONTHS}}
{{#MONTHS}}<table class="stack-narrow"><thead><tr><th scope="col">Month</th><th scope="col" class="n">Events</th><th scope="col" class="n">Crashes</th><th scope="col" class="n">Traces</th><th scope="col" class="n">Dropped</th><th scope="col" class="n">People</th><th scope="col" class="n">Storage</th><th scope="col" class="n">API calls</th></tr></thead><tbody>
{{#ROW}}<tr><td>{{MONTH}}</td><td class="n" data-label="Events">{{EVENTS}}</td><td class="n" data-label="Crashes">{{CRASHES}}</td><td class="n" data-label="Traces">{{TRACES}}</td><td class="n{{#SOME}} bad{{/SOME}}" data-label="Dropped">{{DROPPED}}</td><td class="n" data-label="People">{{PERSONS}}</td><td class="n" data-label="Storage">{{STORAGE}}</td><td class="n" data-label="API calls">{{CALLS}}</td></tr>
{{/ROW}}</tbody></table><p><a href="{{CSV_URL}}">Download CSV</a></p>{{/MONTHS}}</section>
<section class="section" aria-labelledby="s-plans"><h2 id="s-plans">Plans</h2><p>This server takes no payments. Whoever runs it sets the plan of a team: tell them the team's address, <code>{{SLUG}}</code>, and the plan.{{#SYSTEM}} That is you: <a href="{{URL}}">change the plan</a>.{{/SYSTEM}}</p>
<div class="matrix-scroll" tabindex="0" role="group" aria-labelledby="s-plans"><table class="matrix plans"><thead><tr><th scope="col"><span class="vh">What</span></th>{{#PLAN_HEAD}}<th scope="col">{{NAME}}{{#HERE}}<br><span class="tag ok">yours</span>{{/HERE}}</th>{{/PLAN_HEAD}}</tr></thead><tbody>
<tr><th scope="row">Price</th>{{#PLAN_PRICE}}<td>{{TEXT}}</td>{{/PLAN_PRICE}}</tr>
{{#PLAN_ROW}}<tr><th scope="row">{{NAME}}</th>{{#CELL}}<td>{{TEXT}}</td>{{/CELL}}</tr>
{{/PLAN_ROW}}</tbody></table></div></section>
