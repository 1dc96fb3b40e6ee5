{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Your mail address</h1></div>
{{#SPENT}}<p class="second">This link no longer works: it was used, it is older than a day, or it belongs to another account than <b>{{EMAIL}}</b>.</p>
<p class="section"><a class="button" href="/account">Go to your profile</a></p>{{/SPENT}}
{{#USABLE}}<p class="second">From now on you sign in with <b>{{NEW}}</b> instead of <b>{{OLD}}</b>. Other browsers are signed out.</p>
<form method="post" action="/account/email/confirm" class="section"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="token" value="{{TOKEN}}">
<p class="button-row"><button class="button primary">Use the new address</button> <a class="button" href="/account">Keep the old one</a></p></form>{{/USABLE}}
