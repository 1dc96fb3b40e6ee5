{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>New team</h1><p>You become its owner. You decide on its page Members who else is in it, and what they may do.</p></div>
<form method="post" action="/teams/new" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="name">Name of the team</label><input id="name" name="name" maxlength="200" autocomplete="organization" value="{{TEAM_NAME}}" required aria-describedby="name-h{{#TEAM_NAME_BAD}} name-e{{/TEAM_NAME_BAD}}"{{#TEAM_NAME_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/TEAM_NAME_BAD}}>{{#TEAM_NAME_BAD}}<p class="bad-field" id="name-e">{{TEXT}}</p>{{/TEAM_NAME_BAD}}<p class="hint" id="name-h">The address of its pages is made from the name, and stays when you rename the team.</p></div>
<button class="button primary">Make the team</button></form>
