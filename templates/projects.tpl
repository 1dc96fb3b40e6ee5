{{%AUTOESCAPE context="HTML"}}
<div class="page-head head-acts"><div><h1>Projects</h1><p>A project is one product that is measured. Its environments keep their data, keys and rules apart.</p></div>{{#NEW}}<a class="button primary" href="{{URL}}">New project</a>{{/NEW}}</div>
{{>NOTE}}
{{#EMPTY}}<div class="empty"><h2>There is no project yet</h2><p>Make the first one: it comes with the environments prod, staging and dev and a write key for prod. If you cannot make one, ask an admin of the team for it, or for access to one.</p></div>{{/EMPTY}}
{{#PROJECTS}}<section class="section" aria-labelledby="p-{{SLUG}}"><div class="head"><h2 id="p-{{SLUG}}">{{NAME}}</h2><span class="tag">{{PLATFORM}}</span></div>
<table class="stack-narrow"><thead><tr><th scope="col">Environment</th><th scope="col" class="n">Events in 24 hours</th><th scope="col">Stored last</th><th scope="col">Time zone</th><th scope="col"><span class="vh">More</span></th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono"><a href="{{URL}}">{{ENV}}<span class="vh"> of {{NAME}}</span></a></td><td class="n" data-label="Events in 24 hours">{{EVENTS}}</td><td data-label="Stored last">{{NEWEST}}</td><td data-label="Time zone">{{ZONE}}</td><td class="row-acts"><a href="{{KEYS_URL}}">Keys<span class="vh"> of {{NAME}} {{ENV}}</span></a><a href="{{SETTINGS_URL}}">Settings<span class="vh"> of {{NAME}} {{ENV}}</span></a></td></tr>
{{/ROW}}</tbody></table></section>{{/PROJECTS}}
{{#DELETED}}<section class="section" aria-labelledby="s-deleted"><h2 id="s-deleted">Deleted projects</h2><p>They take no events, and nobody sees them. They can be had back until the time given, with their data; their keys stay revoked.</p>
<table class="stack-narrow"><thead><tr><th scope="col">Project</th><th scope="col">Can be restored until</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td>{{NAME}}</td><td data-label="Until">{{WHEN}} UTC</td><td class="row-acts"><form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="plain-button">Restore<span class="vh"> {{NAME}}</span></button></form></td></tr>
{{/ROW}}</tbody></table></section>{{/DELETED}}
