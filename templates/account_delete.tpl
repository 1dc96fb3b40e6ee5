{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="/account/data">Your data</a></p><h1>Delete the account</h1></div>
{{#STAYS}}<p class="note bad" role="alert">You are the only owner of teams that others are in. Make somebody else owner, or delete the team, then come back.</p>
<ul class="plain-list">{{#TEAM}}<li><a class="in" href="{{URL}}">{{NAME}}</a>, {{COUNT}} members</li>
{{/TEAM}}</ul>{{/STAYS}}
{{#GOES}}<p class="second">This cannot be taken back. What goes:</p>
<ul class="plain-list"><li>your account <b>{{EMAIL}}</b>, its sessions, access tokens, linked accounts and picture</li>
<li>your membership in every team</li>
{{#TEAM}}<li>the team <b>{{NAME}}</b>, which nobody else is in, with its projects and keys at once, and their data within 7 days</li>
{{/TEAM}}</ul>
<p class="second">The audit of your teams keeps its entries; they name an id, not you.</p>
<form method="post" action="/account/delete" class="form section"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="email">Type your mail address to confirm</label><input id="email" name="email" autocomplete="off" maxlength="254" required{{#TYPED_BAD}} aria-invalid="true" aria-describedby="email-bad"{{#FIRST}} autofocus{{/FIRST}}{{/TYPED_BAD}}>
{{#TYPED_BAD}}<p class="bad-field" id="email-bad">{{TEXT}}</p>{{/TYPED_BAD}}</div>
<p class="button-row"><button class="button danger">Delete the account</button> <a class="button" href="/account/data">Keep it</a></p></form>{{/GOES}}
