{{%AUTOESCAPE context="HTML"}}
<figure class="figure" data-chart="{{KIND}}" aria-labelledby="{{ID}}-h">
<div class="figure-head"><h2 id="{{ID}}-h">{{TITLE}}</h2><p class="says">{{SENTENCE}}{{#ABOUT}} <span class="quiet">{{TEXT}}</span>{{/ABOUT}}</p></div>
<ul class="legend">
{{#LINE}}<li><svg width="22" height="8" aria-hidden="true"><path class="now" d="M0 4h22"/></svg>{{NOW}}</li>{{/LINE}}
{{#ALSO}}<li><svg width="22" height="8" aria-hidden="true"><path class="also {{CLASS}}" d="M0 4h22"/></svg>{{NAME}}</li>{{/ALSO}}
{{#BEFORE}}<li><svg width="22" height="8" aria-hidden="true"><path class="before" d="M0 4h22"/></svg>{{NAME}}</li>{{/BEFORE}}
{{#HIGH}}<li><svg width="22" height="8" aria-hidden="true"><path class="high" d="M0 4.5h22"/></svg>high water before: {{VALUE}}</li>{{/HIGH}}
<li class="readout" aria-live="polite"></li>
</ul>
<div class="plot">{{PLOT_SVG:none}}</div>
<details class="twin"><summary><span class="when-closed">Show as table</span><span class="when-open">Hide table</span></summary>
<div class="scroll" tabindex="0" role="region" aria-label="{{TITLE}}, as a table"><table>
<thead><tr><th scope="col">When</th><th scope="col" class="n">{{NOUN}}</th>{{#ALSO}}<th scope="col" class="n">{{NAME}}</th>{{/ALSO}}{{#BEFORE}}<th scope="col" class="n">{{NAME}}</th>{{/BEFORE}}</tr></thead>
<tbody>{{#ROW}}<tr><td>{{WHEN}}{{#UNFINISHED}} <span class="tag">still filling</span>{{/UNFINISHED}}</td><td class="n">{{#LINK}}<a href="{{URL}}">{{VALUE}}</a>{{/LINK}}{{#PLAIN}}{{VALUE}}{{/PLAIN}}</td>{{#BESIDE}}<td class="n">{{VALUE}}</td>{{/BESIDE}}{{#WAS}}<td class="n">{{VALUE}}</td>{{/WAS}}</tr>
{{/ROW}}</tbody></table></div></details>
</figure>
