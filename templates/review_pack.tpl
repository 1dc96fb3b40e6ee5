{{%AUTOESCAPE context="HTML"}}
<div class="page-head head-acts"><div><p class="up"><a href="{{LIST_URL}}">Review packs</a></p><h1>{{NAME}}</h1><p>{{PROJECT}}, {{ENV}}. {{RANGE}}, days of {{ZONE}}. {{#MADE}}Made {{WHEN}}.{{/MADE}}</p></div>
<div class="acts no-print">{{#FILE}}<a class="button primary" href="{{URL}}" download>Download as one HTML file</a>{{/FILE}}</div></div>
{{>NOTE}}
{{#QUEUED}}<div class="empty"><h2>It is being made</h2><p>{{TEXT}}</p><div class="acts"><a class="button" href="{{URL}}">Look again</a></div></div>{{/QUEUED}}
{{#FAILED}}<div class="empty"><h2>It could not be made</h2><p>The numbers of this month took too long or could not be read. Ask again; when that fails as well, who runs the server finds the reason under the job “review”.</p></div>{{/FAILED}}
{{>REVIEW}}
{{#MAY}}<section class="section no-print" aria-labelledby="s-again"><h2 id="s-again">This pack</h2><p>For paper or PDF, print this page: side bar and buttons stay out. A pack does not change by itself{{#BY}}; {{NAME}} asked for this one{{/BY}}.</p>
<div class="acts"><form method="post" action="{{ASK_URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="month" value="{{MONTH}}"><button class="button">Make it again</button></form>
{{#DELETE}}<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button danger">Delete the pack</button></form>{{/DELETE}}</div></section>{{/MAY}}
