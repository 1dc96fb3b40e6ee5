{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
<h1>Link {{TITLE}}?</h1>
<p>You came with the {{TITLE}} account <b>{{WHO}}</b> and are signed in as <b>{{EMAIL}}</b>. Once linked, that {{TITLE}} account can sign in to yours.</p>
<form method="post" action="/auth/{{NAME}}/link"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="pending" value="1">
<button class="button primary">Link {{TITLE}}</button></form>
<p class="hint small"><a href="/">Not now</a></p>
</div>
