{{%AUTOESCAPE context="HTML"}}
<div class="outbox{{#PLAIN}} alone{{/PLAIN}}">
{{>BRAND}}
<p class="small"><a href="/system/outbox">Outbox</a></p>
<div class="page-head"><h1>{{SUBJECT}}</h1><p>To {{TO}}, {{DATE}}. <a href="{{HTML_URL}}">See it in HTML</a></p></div>
<div class="mail-text">{{#LINE}}{{TEXT}}{{#LINK}}<a href="{{URL}}">{{URL}}</a>{{/LINK}}<br>{{/LINE}}</div>
</div>
