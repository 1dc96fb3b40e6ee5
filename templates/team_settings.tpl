{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Team settings</h1><p>What applies to <b>{{TEAM}}</b> as a whole.</p></div>
{{>NOTE}}
<dl class="pairs wide"><dt>Address</dt><dd class="mono">/t/{{SLUG}}</dd><dt>Id</dt><dd class="mono">{{ID}}</dd><dt>Second factor</dt><dd>{{RULE}}</dd></dl>
{{#ASK}}<p class="section hint">Owners of the team change these.</p>{{/ASK}}
{{#RENAME}}<section class="section" aria-labelledby="s-name"><h2 id="s-name">Name</h2>
<form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}"><div class="field"><label for="name">Name of the team</label><input id="name" name="name" maxlength="200" autocomplete="organization" value="{{TEAM_NAME}}" required aria-describedby="name-h{{#TEAM_NAME_BAD}} name-e{{/TEAM_NAME_BAD}}"{{#TEAM_NAME_BAD}} aria-invalid="true"{{#FIRST}} autofocus{{/FIRST}}{{/TEAM_NAME_BAD}}>{{#TEAM_NAME_BAD}}<p class="bad-field" id="name-e">{{TEXT}}</p>{{/TEAM_NAME_BAD}}<p class="hint" id="name-h">Addresses of pages stay as they are, so links keep working.</p></div>
<button class="button primary">Rename the team</button></form></section>{{/RENAME}}
{{#FACTOR}}<section class="section" aria-labelledby="s-factor"><h2 id="s-factor">Second factor</h2>
{{#OFF}}<p>Ask every member for a second factor. Who has none sees no page of this team until it is set up.</p>{{/OFF}}{{#ON}}<p>Every member needs a second factor to see this team's pages.</p>{{/ON}}
{{#WITHOUT}}<p>Members without one: <b>{{N}}</b>.</p>{{/WITHOUT}}
{{#BAD}}<p class="bad-field" role="alert">{{TEXT}}</p>{{/BAD}}
<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="required" value="{{TO}}">{{#OFF}}<button class="button">Ask every member</button>{{/OFF}}{{#ON}}<button class="button">Leave it to each member</button>{{/ON}}</form></section>{{/FACTOR}}
{{#TRANSFER}}<section class="section" aria-labelledby="s-transfer"><h2 id="s-transfer">Hand the team over</h2><p>Another member becomes owner, and you become admin. You both get a mail.</p>
{{#FORM}}<form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}"><div class="field"><label for="to">New owner</label><select id="to" name="user">{{#TO}}<option value="{{ID}}">{{NAME}} ({{EMAIL}})</option>{{/TO}}</select></div>
<button class="button">Hand over</button></form>{{/FORM}}{{#NOBODY}}<p class="hint">There is nobody else who could become owner.</p>{{/NOBODY}}</section>{{/TRANSFER}}
{{#DELETE}}<section class="section" aria-labelledby="s-delete"><h2 id="s-delete">Delete the team</h2><p>With its projects and all their data. The next page says what goes, and asks for the team's name.</p>
<p><a class="button danger" href="{{URL}}">Delete the team…</a></p></section>{{/DELETE}}
