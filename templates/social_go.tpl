{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
<h1>To {{TITLE}}</h1>
<p>You are being taken to {{TITLE}}. If nothing happens, follow the link.</p>
<p><a class="button primary" href="{{URL}}">Continue to {{TITLE}}</a></p>
</div>
