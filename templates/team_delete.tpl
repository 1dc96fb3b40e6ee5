{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{BACK_URL}}">Team settings</a></p><h1>Delete {{TEAM}}</h1><p>Nobody sees the team any more, its keys and tokens are refused, and its apps cannot send, all at once. For {{DAYS}} days an owner can have it back. Then this is gone for good:</p></div>
<dl class="pairs wide"><dt>Members</dt><dd>{{MEMBERS}}</dd><dt>Projects</dt><dd>{{PROJECTS}}</dd><dt>Environments</dt><dd>{{ENVIRONMENTS}}</dd><dt>Events</dt><dd>{{EVENTS}}</dd></dl>
<form method="post" action="{{URL}}" class="form section"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="name">Type the team's name, {{TEAM}}, to go on</label><input id="name" name="name" autocomplete="off" value="{{TYPED}}" required{{#TYPED_BAD}} aria-invalid="true" aria-describedby="name-e"{{#FIRST}} autofocus{{/FIRST}}{{/TYPED_BAD}}>{{#TYPED_BAD}}<p class="bad-field" id="name-e">{{TEXT}}</p>{{/TYPED_BAD}}</div>
<p class="button-row"><button class="button danger">Delete the team</button> <a class="button" href="{{BACK_URL}}">Keep it</a></p></form>
