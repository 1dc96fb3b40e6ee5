{{%AUTOESCAPE context="HTML"}}
<div class="card wide">
{{>BRAND}}
<p class="quiet">{{STATUS}}</p>
<h1>{{HEADING}}</h1>
<p>{{CAUSE}}</p>
{{#FIELD}}<p class="bad-field"><code>{{PATH}}</code>: {{TEXT}}</p>{{/FIELD}}
<dl class="pairs"><dt>Request id</dt><dd class="mono">{{REQUEST_ID}}</dd><dt>Time</dt><dd>{{TIME}}</dd></dl>
<p class="button-row">{{#RETRY}}<a class="button primary" href="{{URL}}">Try again</a> {{/RETRY}}{{#WAY}}<a class="button primary" href="{{URL}}">{{TEXT}}</a> {{/WAY}}<a class="button" href="/">Go to the overview</a></p>
</div>
