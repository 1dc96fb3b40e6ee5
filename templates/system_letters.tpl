{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Dead letters</h1><p>Items that were accepted and that the store refused. Each can be looked at, mended, replayed or dropped; a replayed item is stored at most once.</p></div>
{{>NOTE}}
<form class="search letters-search" method="get" action="/system/dead-letters" role="search" aria-label="Dead letters">
<div><label for="l-env">Environment, by its number</label><input id="l-env" name="environment" inputmode="numeric" value="{{ENVIRONMENT}}" autocomplete="off" maxlength="10"></div>
<div><label for="l-reason">Reason</label><select id="l-reason" name="reason"><option value="">Any</option>{{#REASONS}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{VALUE}} ({{N}})</option>{{/REASONS}}</select></div>
<div><label for="l-age">Older than</label><select id="l-age" name="age"><option value="">Any age</option>{{#AGES}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/AGES}}</select></div>
<div><label for="l-state">State</label><select id="l-state" name="state">{{#STATES}}<option value="{{VALUE}}"{{#HERE}} selected{{/HERE}}>{{NAME}}</option>{{/STATES}}</select></div>
<div><button class="button primary">Show letters</button></div>
</form>
{{#NONE}}<div class="empty"><h2>No dead letters</h2><p>{{#FILTERED}}None match. Widen the filter, or look at those that were replayed or dropped.{{/FILTERED}} Everything that was accepted is stored or on its way.</p><div class="acts"><a class="button" href="/system/dead-letters?state=all">Show all</a></div></div>{{/NONE}}
{{#LIST}}{{#BULK}}<div class="line"><p class="second">Newest first.</p><div class="acts"><a href="{{URL}}">Replay or drop all that match</a></div></div>{{/BULK}}
<table class="stack-narrow"><thead><tr><th scope="col">Letter</th><th scope="col">Died</th><th scope="col">Where from</th><th scope="col">Reason</th><th scope="col" class="n">Deliveries</th><th scope="col">State</th></tr></thead><tbody>
{{#ROW}}<tr><td><a href="{{URL}}">{{ID}}</a></td><td data-label="Died"><time datetime="{{ISO}}">{{TIME}}</time></td><td data-label="From"><a class="second" href="{{ENV_URL}}">{{PLACE}}</a></td><td data-label="Reason"><span class="mono">{{REASON}}</span>{{#SQLSTATE}} <span class="mono quiet">{{CODE}}</span>{{/SQLSTATE}}</td><td class="n" data-label="Deliveries">{{DELIVERIES}}</td><td data-label="State"><span class="tag {{CLASS}}">{{STATE}}</span></td></tr>
{{/ROW}}</tbody></table>{{/LIST}}
{{#NEXT}}<div class="pager"><span></span><a class="button" href="{{URL}}">Older letters</a></div>{{/NEXT}}
