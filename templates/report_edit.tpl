{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{LIST_URL}}">Saved views</a></p><h1>{{NAME}}</h1><p>A view of {{PAGE}}. <a href="{{URL}}">Open it</a></p></div>
<form method="post" action="{{SET_URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="name">Name</label><input id="name" name="name" value="{{TYPED}}" maxlength="80" required autocomplete="off"{{#TYPED_BAD}} aria-invalid="true" aria-describedby="name-e"{{#FIRST}} autofocus{{/FIRST}}{{/TYPED_BAD}}>{{#TYPED_BAD}}<p class="bad-field" id="name-e">{{TEXT}}</p>{{/TYPED_BAD}}</div>
<p class="field"><input type="checkbox" id="shared" name="shared" value="1" class="tick"{{#SHARED}} checked{{/SHARED}}> <label for="shared" class="in">Share it with the team</label></p>
<button class="button primary">Save</button></form>
<section class="section" aria-labelledby="s-delete"><h2 id="s-delete">Delete</h2><p>The name and the address it stands for are deleted, for everybody who sees it. No data is.</p>
<form method="post" action="{{DELETE_URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button class="button danger">Delete the view</button></form></section>
