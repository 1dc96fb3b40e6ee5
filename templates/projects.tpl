{{%AUTOESCAPE context="HTML"}}
<div class="page-head head-acts"><div><h1>Projects</h1><p>A project is one product that is measured. Its environments keep their data, keys and rules apart.</p></div>{{#NEW}}<a class="button primary" href="{{URL}}">New project</a>{{/NEW}}</div>
{{>NOTE}}
{{#EMPTY}}<div class="empty"><h2>There is no project yet</h2><p>Make the first one: it comes with the environments prod, staging and dev and a write key for prod. If you cannot make one, ask an admin of the team for it, or for access to one.</p></div>{{/EMPTY}}
{{#PROJECTS}}<section class="section" aria-labelledby="p-{{SLUG}}"><div class="head"><h2 id="p-{{SLUG}}">{{NAME}}</h2><span class="tag">{{PLATFORM}}</span></div>
<table class="stack-narrow"><thead><tr><th scope="col">Environment</th><th scope="col" class="n">Events in 24 hours</th><th scope="col">Stored last</th><th scope="col">Time zone</th><th scope="col"><span class="vh">More</span></th></tr></thead><tbody>
{{#ROW}}<tr><td class="mono"><a href="{{URL}}">{{ENV}}<span class="vh"> of {{NAME}}</span></a></td><td class="n" data-label="Events in 24 hours">{{EVENTS}}</td><td data-label="Stored last">{{NEWEST}}</td><td data-label="Time zone">{{ZONE}}</td><td class="row-acts"><a href="{{KEYS_URL}}">Keys<span class="vh"> of {{NAME}} {{ENV}}</span></a><a href="{{SETTINGS_URL}}">Settings<span class="vh"> of {{NAME}} {{ENV}}</span></a></td></tr>
{{/ROW}}</tbody></table></section>{{/PROJECTS}}
