{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Runbook</h1><p>What to do at each alarm, how to grow, and the regular work of whoever runs this server. The manual page <code>tidemark-runbook(7)</code> says the same.</p></div>
<nav class="toc runbook-toc" aria-label="Topics">{{#CHAPTER}}<section><h2 class="small">{{NAME}}</h2><ul>{{#TOC}}<li><a href="#{{SLUG}}">{{TITLE}}</a></li>
{{/TOC}}</ul></section>
{{/CHAPTER}}</nav>
{{#PART}}<section class="section defs"><h2>{{NAME}}</h2>
{{#TOPIC}}<article id="{{SLUG}}" class="def"><h3>{{TITLE}}{{#ALARM}} <span class="tag">alarm</span>{{/ALARM}}</h3>
{{#STEP}}{{#SAYS}}<p>{{TEXT}}</p>{{/SAYS}}{{#RUNS}}<pre class="command" tabindex="0"><code>{{TEXT}}</code></pre>{{/RUNS}}
{{/STEP}}</article>
{{/TOPIC}}</section>
{{/PART}}
