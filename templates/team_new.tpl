{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>New team</h1><p>You become its owner. Who else is in it, and what they may do, you decide on its members page.</p></div>
<form method="post" action="/teams/new" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="name">Name of the team</label><input id="name" name="name" maxlength="200" autocomplete="organization" value="{{TEAM_NAME}}" required{{#TEAM_NAME_BAD}} aria-invalid="true" aria-describedby="name-e"{{#FIRST}} autofocus{{/FIRST}}{{/TEAM_NAME_BAD}}>{{#TEAM_NAME_BAD}}<p class="bad-field" id="name-e">{{TEXT}}</p>{{/TEAM_NAME_BAD}}</div>
<p class="hint">The address of its pages is made from the name and stays, also when you rename it.</p>
<p class="section"><button class="button primary">Make the team</button></p></form>
