{{%AUTOESCAPE context="HTML"}}
<div class="outbox{{#PLAIN}} alone{{/PLAIN}}">
{{>BRAND}}
<div class="page-head"><p class="up"><a href="/system/outbox">Outbox</a></p><h1>{{SUBJECT}}</h1><p>To {{TO}}, {{DATE}}. <a href="{{HTML_URL}}">See it in HTML</a></p></div>
<div class="mail-text">{{#LINE}}{{TEXT}}{{#LINK}}<a href="{{URL}}">{{URL}}</a>{{/LINK}}<br>{{/LINE}}</div>
</div>
