{{%AUTOESCAPE context="HTML"}}
<div class="page-head head-acts"><div><h1>Teams</h1><p>A team holds projects and the people who may see them.</p></div><a class="button primary" href="/teams/new">New team</a></div>
{{>NOTE}}
{{#TEAMS}}<table class="stack-narrow"><thead><tr><th scope="col">Team</th><th scope="col">Your role</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td><a href="{{URL}}">{{NAME}}</a></td><td data-label="Your role">{{ROLE}}</td><td class="row-acts"><a href="{{MEMBERS_URL}}">Members<span class="vh"> of {{NAME}}</span></a></td></tr>
{{/ROW}}</tbody></table>{{/TEAMS}}{{#NO_TEAMS}}<div class="empty"><h2>You are in no team</h2><p>Make one, or follow the link of an invitation.</p></div>{{/NO_TEAMS}}
{{#DELETED}}<section class="section" aria-labelledby="s-deleted"><h2 id="s-deleted">Deleted teams</h2><p>They take no events, and nobody sees them. An owner can have them back until the time given.</p>
<table class="stack-narrow"><thead><tr><th scope="col">Team</th><th scope="col">Can be restored until</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td>{{NAME}}</td><td data-label="Until">{{WHEN}} UTC</td><td class="row-acts"><form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="plain-button">Restore<span class="vh"> {{NAME}}</span></button></form></td></tr>
{{/ROW}}</tbody></table></section>{{/DELETED}}
