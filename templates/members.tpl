{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Members</h1><p>Who works in <b>{{TEAM}}</b>, and who is invited.</p></div>
{{>NOTE}}
<table class="stack-narrow"><thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col">Projects</th><th scope="col">Second factor</th><th scope="col">Since</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#MEMBER}}<tr><td class="person"><b>{{NAME}}</b>{{#SELF}} <span class="quiet">(you)</span>{{/SELF}}<br><span class="quiet">{{EMAIL}}</span></td><td data-label="Role">{{ROLE}}</td><td data-label="Projects">{{PROJECTS}}</td><td data-label="Second factor">{{FACTOR}}</td><td data-label="Since">{{SINCE}}</td><td class="row-acts">{{#EDIT}}<a href="{{URL}}">{{WORD}}<span class="vh">: {{NAME}}</span></a>{{/EDIT}}</td></tr>
{{/MEMBER}}</tbody></table>
{{#INVITATIONS}}<section class="section" aria-labelledby="s-open"><h2 id="s-open">Invitations</h2>
<table class="stack-narrow"><thead><tr><th scope="col">Mail address</th><th scope="col">Role</th><th scope="col">Projects</th><th scope="col">Invited by</th><th scope="col">State</th><th scope="col">Until</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td class="person">{{EMAIL}}</td><td data-label="Role">{{ROLE}}</td><td data-label="Projects">{{PROJECTS}}</td><td data-label="By">{{BY}}</td><td><span class="tag {{STATE}}">{{WORD}}</span></td><td data-label="Until">{{ENDS}}</td><td class="row-acts">{{#EDIT}}<form method="post" action="{{URL}}/resend"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="plain-button">Send again<span class="vh"> to {{EMAIL}}</span></button></form><form method="post" action="{{URL}}/revoke"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="plain-button danger">Withdraw<span class="vh"> the invitation of {{EMAIL}}</span></button></form>{{/EDIT}}</td></tr>
{{/ROW}}</tbody></table></section>{{/INVITATIONS}}
{{#INVITE}}<section class="section" aria-labelledby="s-invite"><h2 id="s-invite">Invite people</h2>
<form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="emails">Mail addresses</label><textarea id="emails" name="emails" rows="3" autocomplete="off" required aria-describedby="emails-h{{#BAD}} emails-e{{/BAD}}"{{#BAD}} aria-invalid="true" autofocus{{/BAD}}>{{EMAILS}}</textarea>{{#BAD}}<p class="bad-field" id="emails-e">{{TEXT}}</p>{{/BAD}}<p class="hint" id="emails-h">Up to 20, separated by commas or lines. Each gets a mail with a link that works once, within 7 days, for that address only.</p></div>
<fieldset class="field"><legend class="label">Role</legend>{{#ROLES}}<p><input type="radio" name="role" id="role-{{VALUE}}" value="{{VALUE}}"{{#HERE}} checked{{/HERE}}> <label for="role-{{VALUE}}" class="in"><b>{{NAME}}</b>, {{TEXT}}</label></p>{{/ROLES}}</fieldset>
{{#SOME}}<fieldset class="field"><legend class="label">Projects, for analysts and viewers</legend>
<p><input type="radio" name="access" id="access-all" value="all"{{#ALL}} checked{{/ALL}}> <label for="access-all" class="in">All projects, also new ones</label></p>
<p><input type="radio" name="access" id="access-some" value="some"{{#NOT_ALL}} checked{{/NOT_ALL}}> <label for="access-some" class="in">Only these:</label></p>
<div class="choices">{{#PROJECT}}<p><input type="checkbox" class="tick" name="project" id="project-{{ID}}" value="{{ID}}"{{#ON}} checked{{/ON}}> <label for="project-{{ID}}" class="in">{{NAME}}</label></p>{{/PROJECT}}</div></fieldset>{{/SOME}}
<button class="button primary">Send invitations</button></form></section>{{/INVITE}}
{{#ASK}}<p class="section hint">Admins and owners of the team invite people.</p>{{/ASK}}
<section class="section" aria-labelledby="s-roles"><h2 id="s-roles">What each role may do</h2>
<div class="matrix-scroll" tabindex="0" role="group" aria-labelledby="s-roles"><table class="matrix"><thead><tr><th scope="col">May</th>{{#ROLE_HEAD}}<th scope="col" title="{{TEXT}}">{{NAME}}</th>{{/ROLE_HEAD}}</tr></thead><tbody>
{{#PERM}}<tr><th scope="row">{{TEXT}}</th>{{#CELL}}<td>{{#YES}}<span class="yes">yes</span>{{/YES}}{{#NO}}<span class="no">no</span>{{/NO}}</td>{{/CELL}}</tr>
{{/PERM}}</tbody></table></div></section>
