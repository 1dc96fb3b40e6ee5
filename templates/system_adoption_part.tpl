{{%AUTOESCAPE context="HTML"}}
<section class="section" aria-labelledby="s-adoption"><div class="line"><h2 id="s-adoption"><a href="{{URL}}">Adoption</a></h2>
<div class="acts"><div class="segments" role="group" aria-label="Range">{{#RANGE}}<a href="{{URL}}#s-adoption"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}</a>{{/RANGE}}</div></div></div>
<p>{{SAYS}}</p>
<table class="stack-narrow"><thead><tr><th scope="col">Milestone</th><th scope="col" class="n">Signals</th><th scope="col" class="n">Teams</th><th scope="col" class="n">Of all teams</th></tr></thead><tbody>
{{#ROW}}<tr><td><span title="{{ABOUT}}">{{NAME}}</span></td><td class="n" data-label="Signals">{{SIGNALS}}</td><td class="n" data-label="Teams">{{TEAMS}}</td><td class="n" data-label="Of all teams">{{SHARE}}</td></tr>
{{/ROW}}</tbody></table></section>
