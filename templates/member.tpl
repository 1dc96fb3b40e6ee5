{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{MEMBERS_URL}}">Members</a></p><h1>{{NAME}}{{#SELF}} <span class="quiet">(you)</span>{{/SELF}}</h1><p>{{EMAIL}}, member of <b>{{TEAM}}</b> since {{SINCE}}.</p></div>
{{>NOTE}}
<section class="section" aria-labelledby="s-role"><h2 id="s-role">Role</h2><p>Now: <b>{{ROLE}}</b>, {{ROLE_TEXT}}.</p>
{{#ROLE_FORM}}<form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}"><fieldset class="field"><legend class="label">New role</legend>{{#ROLES}}<p><input type="radio" name="role" id="role-{{VALUE}}" value="{{VALUE}}"{{#HERE}} checked{{/HERE}}> <label for="role-{{VALUE}}" class="in"><b>{{NAME}}</b>, {{TEXT}}</label></p>{{/ROLES}}</fieldset>
<button class="button">Change the role</button></form>{{/ROLE_FORM}}</section>
{{#EVERY}}<section class="section" aria-labelledby="s-every"><h2 id="s-every">Projects</h2><p>Owners and admins see every project of the team.</p></section>{{/EVERY}}
{{#ACCESS}}<section class="section" aria-labelledby="s-access"><h2 id="s-access">Projects</h2>
<form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}"><fieldset class="field"><legend class="vh">Projects this member sees</legend>
<p><input type="radio" name="access" id="access-all" value="all"{{#ALL}} checked{{/ALL}}> <label for="access-all" class="in">All projects, also new ones</label></p>
<p><input type="radio" name="access" id="access-some" value="some"{{#NOT_ALL}} checked{{/NOT_ALL}}{{#BAD}} aria-invalid="true" aria-describedby="access-e" autofocus{{/BAD}}> <label for="access-some" class="in">Only these:</label></p>
<div class="choices">{{#PROJECT}}<p><input type="checkbox" class="tick" name="project" id="project-{{ID}}" value="{{ID}}"{{#ON}} checked{{/ON}}> <label for="project-{{ID}}" class="in">{{NAME}}</label></p>{{/PROJECT}}</div>{{#BAD}}<p class="bad-field" id="access-e">{{TEXT}}</p>{{/BAD}}</fieldset>
<button class="button">Change the projects</button></form></section>{{/ACCESS}}
{{#REMOVE}}<section class="section" aria-labelledby="s-remove"><h2 id="s-remove">Remove from the team</h2><p>{{NAME}} sees nothing of this team any more, from the next request on. Their access tokens for it end, apps lose what they were granted in it, and invitations they sent are withdrawn. Data, keys and saved views stay.</p>
<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button danger">Remove {{NAME}}</button></form></section>{{/REMOVE}}
{{#LEAVE}}<section class="section" aria-labelledby="s-leave"><h2 id="s-leave">Leave the team</h2><p>You will see nothing of this team any more. Your access tokens for it end, apps lose what you granted them in it, and invitations you sent are withdrawn. To come back you need an invitation.</p>
<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button danger">Leave the team</button></form></section>{{/LEAVE}}
