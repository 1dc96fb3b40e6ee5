{{%AUTOESCAPE context="HTML"}}
<div class="line"><h1>Adoption</h1>
<div class="acts"><div class="segments" role="group" aria-label="Range">{{#RANGE}}<a href="{{URL}}"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}</a>{{/RANGE}}</div></div></div>
<div class="section"><p>{{SAYS}}</p>
<table class="stack-narrow"><thead><tr><th scope="col">Milestone</th><th scope="col" class="n">Signals</th><th scope="col" class="n">Teams</th><th scope="col" class="n">Of all teams</th><th scope="col">Counts when</th></tr></thead><tbody>
{{#ROW}}<tr><td>{{NAME}}</td><td class="n" data-label="Signals">{{SIGNALS}}</td><td class="n" data-label="Teams">{{TEAMS}}</td><td class="n" data-label="Of all teams">{{SHARE}}</td><td class="second">{{ABOUT}}</td></tr>
{{/ROW}}</tbody></table></div>
{{>SERIES}}
<section class="section" aria-labelledby="s-steps"><h2 id="s-steps">By milestone, {{EACH}}</h2>
<div class="matrix-scroll" tabindex="0" role="region" aria-label="By milestone, as a table"><table><thead><tr><th scope="col">When, UTC</th>{{#HEAD}}<th scope="col" class="n">{{NAME}}</th>{{/HEAD}}</tr></thead><tbody>
{{#STEP}}<tr><td>{{WHEN}}{{#UNFINISHED}} <span class="tag">still filling</span>{{/UNFINISHED}}</td>{{#CELL}}<td class="n">{{VALUE}}</td>{{/CELL}}</tr>
{{/STEP}}</tbody></table></div>
<p class="small">Signals are what users did, sums over all teams. They are kept for {{KEPT}} days, never leave this server, and hold no names, texts or data of a team.</p></section>
