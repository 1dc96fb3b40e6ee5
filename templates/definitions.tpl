{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>What the numbers mean</h1><p>One set of definitions, used by every page, reply and file. <code>GET /api/v1/metrics</code> gives the same.</p></div>
<nav class="toc" aria-label="Definitions"><ul>{{#TOC}}<li><a href="#{{SLUG}}">{{TITLE}}</a></li>
{{/TOC}}</ul></nav>
{{#GROUP}}<section class="section defs"><h2>{{NAME}}</h2>
{{#METRIC}}<article id="{{SLUG}}" class="def"><h3>{{TITLE}} <span class="quiet">in {{UNIT}}, <code>{{API}}</code></span></h3><p>{{SENTENCE}}</p>{{#FORMULA}}<p class="formula"><code>{{TEXT}}</code></p>{{/FORMULA}}{{#NOTE}}<p class="second">{{TEXT}}</p>{{/NOTE}}</article>
{{/METRIC}}</section>
{{/GROUP}}
