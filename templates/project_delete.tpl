{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Delete the project</h1><p>The whole project <b>{{PROJECT}}</b>, with all of its environments. <a href="{{BACK}}">Back to the settings</a></p></div>
<dl class="pairs wide"><dt>Environments</dt><dd>{{ENVS}}</dd><dt>Events</dt><dd>{{EVENTS}}</dd><dt>Crashes</dt><dd>{{CRASHES}}</dd><dt>Traces</dt><dd>{{TRACES}}</dd><dt>Sessions</dt><dd>{{SESSIONS}}</dd></dl>
<section class="section"><p>The project is gone from all pages at once, and each of its keys is refused from the next request on. Its data is removed for good after {{DAYS}} days. This cannot be undone from here.</p>
<form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="name">Type the name of the project to go on</label><input id="name" name="name" value="{{TYPED}}" required autocomplete="off"{{#TYPED_BAD}} aria-invalid="true" aria-describedby="name-e" autofocus{{/TYPED_BAD}}>{{#TYPED_BAD}}<p class="bad-field" id="name-e">{{TEXT}}</p>{{/TYPED_BAD}}</div>
<button class="button danger">Delete the project</button></form></section>
