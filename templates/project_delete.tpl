{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{BACK}}">Settings</a></p><h1>Delete the project</h1><p>The whole project <b>{{PROJECT}}</b>, with all of its environments.</p></div>
<dl class="pairs wide"><dt>Environments</dt><dd>{{ENVS}}</dd><dt>Events</dt><dd>{{EVENTS}}</dd><dt>Crashes</dt><dd>{{CRASHES}}</dd><dt>Traces</dt><dd>{{TRACES}}</dd><dt>Sessions</dt><dd>{{SESSIONS}}</dd></dl>
<section class="section"><p>The project is gone from all pages at once, and each of its keys is refused from the next request on. Its data is removed for good after {{DAYS}} days; until then the page Projects of the team can bring it back, without its keys.</p>
<form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="name">Type the name of the project, {{PROJECT}}, to go on</label><input id="name" name="name" value="{{TYPED}}" required autocomplete="off"{{#TYPED_BAD}} aria-invalid="true" aria-describedby="name-e" autofocus{{/TYPED_BAD}}>{{#TYPED_BAD}}<p class="bad-field" id="name-e">{{TEXT}}</p>{{/TYPED_BAD}}</div>
<p class="button-row"><button class="button danger">Delete the project</button> <a class="button" href="{{BACK}}">Keep it</a></p></form></section>
