{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="/account/two-factor">Two-factor sign-in</a></p><h1>Recovery codes</h1><p>Two-factor sign-in is on. Keep these ten codes where you keep your passwords: each signs you in once when the phone is not there. They are shown this one time.</p></div>
<div class="well form codes"><pre id="tf-codes" tabindex="0">{{#CODE}}{{TEXT}}
{{/CODE}}</pre><button type="button" class="copy" data-copy="tf-codes">Copy<span class="vh"> the codes</span></button></div>
<form method="post" action="/account/two-factor/codes.txt" class="section"><input type="hidden" name="csrf" value="{{CSRF}}">{{#CODE}}<input type="hidden" name="code" value="{{TEXT}}">{{/CODE}}
<p class="button-row"><a class="button primary" href="/account/two-factor">I have kept them</a> <button class="button">Download as a text file</button> <button type="button" class="button" data-print hidden>Print</button></p></form>
