{{%AUTOESCAPE context="HTML"}}
<!doctype html>
<html lang="en" data-theme="{{THEME}}" class="no-js">
<head>
{{>HEAD}}
{{#REFRESH}}<noscript><meta http-equiv="refresh" content="{{SECONDS}}"></noscript>{{/REFRESH}}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<div class="frame">
<header class="side"><div class="side-in">
{{>BRAND}}
<details class="menu"><summary>Menu</summary></details>
<div class="side-body">
{{#NAV}}<nav class="nav" aria-label="Main">
{{#NAV_GROUP}}{{#GROUP_NAME}}<h2>{{NAME}}</h2>{{/GROUP_NAME}}
{{#NAV_ITEM}}<a href="{{URL}}"{{#HERE}} aria-current="page"{{/HERE}}{{#GO}} data-go="{{KEY}}"{{/GO}}>{{NAME}}</a>
{{/NAV_ITEM}}{{/NAV_GROUP}}</nav>{{/NAV}}
<div class="side-foot">
{{#NAV_FOOT}}<nav class="nav" aria-label="More">{{#NAV_ITEM}}<a href="{{URL}}"{{#HERE}} aria-current="page"{{/HERE}}{{#GO}} data-go="{{KEY}}"{{/GO}}>{{NAME}}</a>
{{/NAV_ITEM}}</nav>{{/NAV_FOOT}}
{{#USER}}<p class="who"><b>{{NAME}}</b>{{#TEAM}}<span class="quiet">{{NAME}}</span>{{/TEAM}}</p>{{/USER}}
{{>THEME}}
{{#USER}}<form method="post" action="/logout" class="leave"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="plain-button">Sign out</button>
<button type="button" class="plain-button" data-open-keys hidden>Keys</button></form>{{/USER}}
</div></div>
</div></header>
<main class="main" id="main" tabindex="-1">
{{#TOP_PLAIN}}<div class="top"><p class="where">{{NAME}}</p></div>{{/TOP_PLAIN}}
{{#TOP}}<div class="top">
<div class="where">
<details name="pop" class="pop"><summary><span class="vh">Team: </span>{{TEAM}}</summary><div class="pop-list">{{#TEAMS}}<a href="{{URL}}"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}</a>{{/TEAMS}}</div></details>
{{#PLACE}}<i aria-hidden="true">/</i>
<details name="pop" class="pop"><summary><span class="vh">Project: </span>{{PROJECT}}</summary><div class="pop-list">{{#PROJECTS}}<a href="{{URL}}"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}</a>{{/PROJECTS}}</div></details>
<i aria-hidden="true">/</i>
<details name="pop" class="pop env"><summary><span class="vh">Environment: </span>{{ENV}}</summary><div class="pop-list">{{#ENVS}}<a href="{{URL}}"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}</a>{{/ENVS}}</div></details>{{/PLACE}}
</div>
{{#RANGES}}<div class="ranges">
<div class="segments" role="group" aria-label="Range">
{{#PRESET}}<a href="{{URL}}"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}</a>{{/PRESET}}
<details name="pop" class="pop right"><summary{{#CUSTOM}} aria-current="true"{{/CUSTOM}}>Custom</summary><div class="pop-list">
<form class="pop-form" method="get" action="{{PATH}}">
<div class="row field"><div><label for="r-from">From</label><input id="r-from" type="date" name="from" value="{{FROM}}" required></div>
<div><label for="r-to">To, not included</label><input id="r-to" type="date" name="to" value="{{TO}}" required></div></div>
{{#KEEP}}<input type="hidden" name="{{NAME}}" value="{{VALUE}}">{{/KEEP}}
<button class="button primary">Show this range</button><p class="hint">Days of {{ZONE}}.</p></form></div></details>
</div>
{{#COMPARE}}<details name="pop" class="pop right compare"><summary>Compare: {{NAME}}</summary><div class="pop-list">{{#CHOICE}}<a href="{{URL}}"{{#HERE}} aria-current="true"{{/HERE}}>{{NAME}}</a>{{/CHOICE}}</div></details>{{/COMPARE}}
</div>{{/RANGES}}
</div>
{{#FILTERS}}<div class="filters" role="group" aria-label="Filters">
{{#CHIP}}<span class="chip">{{TEXT}}<a href="{{URL}}" aria-label="Remove filter: {{TEXT}}">×</a></span>{{/CHIP}}
{{#ADD}}<details name="pop" class="pop add"><summary>+ Filter</summary><div class="pop-list">
<form class="pop-form" method="get" action="{{PATH}}">
{{#KEEP}}<input type="hidden" name="{{NAME}}" value="{{VALUE}}">{{/KEEP}}
<div class="row field"><div><label for="fk">What</label><select id="fk" name="fk">{{#KEY}}<option value="{{VALUE}}">{{NAME}}</option>{{/KEY}}</select></div>
<div><label for="fo">Relation</label><select id="fo" name="fo">{{#OP}}<option value="{{VALUE}}">{{NAME}}</option>{{/OP}}</select></div></div>
<div class="field"><label for="fp">Property name, for “property” only</label><input id="fp" class="mono" name="fp" list="fp-known" autocomplete="off" placeholder="plan"></div>
<div class="field"><label for="fv">Value</label><input id="fv" class="mono" name="fv" list="fv-known" autocomplete="off" data-search></div>
<datalist id="fp-known">{{#PROP}}<option value="{{VALUE}}"></option>{{/PROP}}</datalist>
<datalist id="fv-known">{{#KNOWN}}<option value="{{VALUE}}">{{NAME}}</option>{{/KNOWN}}</datalist>
<button class="button primary">Add filter</button></form></div></details>{{/ADD}}
{{#SAVE}}<details name="pop" class="pop add save"><summary>Save view</summary><div class="pop-list">
<form class="pop-form" method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="page" value="{{PAGE}}"><input type="hidden" name="query" value="{{QUERY}}">
<div class="field"><label for="save-name">Name</label><input id="save-name" name="name" maxlength="80" required autocomplete="off"></div>
<p class="field"><input type="checkbox" id="save-shared" name="shared" value="1" class="tick"> <label for="save-shared" class="in">Share it with the team</label></p>
<button class="button primary">Save this view</button><p class="hint">Range and filters as they are now.</p></form></div></details>{{/SAVE}}
{{#FRESH}}<p class="fresh{{#OLD}} old{{/OLD}}"><i aria-hidden="true"></i>{{TEXT}} · {{ZONE}}</p>{{/FRESH}}
</div>{{/FILTERS}}{{/TOP}}
{{#QUOTA}}<p class="note {{KIND}} quota">{{TEXT}} <a href="{{URL}}">Plan and usage</a></p>
{{/QUOTA}}{{>BODY}}
</main>
</div>
<div class="vh" id="say" aria-live="polite"></div>
{{#USER}}<dialog class="keysheet" id="keys" aria-labelledby="keys-title"><div class="head"><h2 id="keys-title">Keys</h2><form method="dialog"><button class="button">Close</button></form></div>
<table><tbody><tr><td><kbd>?</kbd></td><td>This list</td></tr><tr><td><kbd>/</kbd></td><td>Search or filter</td></tr><tr><td><kbd>Ctrl</kbd> <kbd>k</kbd></td><td>Go to, by name</td></tr>{{#GO_KEY}}<tr><td><kbd>g</kbd> <kbd>{{KEY}}</kbd></td><td>{{NAME}}</td></tr>{{/GO_KEY}}<tr><td><kbd>←</kbd> <kbd>→</kbd></td><td>Read a focused chart</td></tr></tbody></table>
<p class="small"><input type="checkbox" id="keys-off" class="tick"> <label for="keys-off" class="in">Keys are on</label></p></dialog>
<dialog class="keysheet palette" id="palette" aria-labelledby="palette-title"><label for="palette-name" id="palette-title">Go to</label><input id="palette-name" autocomplete="off" spellcheck="false" placeholder="page, project, team" aria-describedby="palette-h"><p class="hint" id="palette-h">Enter goes to the first, arrow keys to the others.</p><ul></ul></dialog>{{/USER}}
</body>
</html>
