{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Profile</h1><p>How others in your teams see you, and where we write to you.</p></div>
{{>NOTE}}
<div class="columns two">
<section aria-labelledby="s-name"><h2 id="s-name">Name</h2>
<form method="post" action="/account" class="narrow"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="name">Name, as others see it</label><input id="name" name="name" autocomplete="name" maxlength="80" value="{{NAME}}"{{#NAME_BAD}} aria-invalid="true" aria-describedby="name-bad"{{#FIRST}} autofocus{{/FIRST}}{{/NAME_BAD}}>
{{#NAME_BAD}}<p class="bad-field" id="name-bad">{{TEXT}}</p>{{/NAME_BAD}}</div>
<button class="button primary">Save the name</button></form></section>
<section aria-labelledby="s-mail"><h2 id="s-mail">Mail address</h2>
<form method="post" action="/account/email" class="narrow"><input type="hidden" name="csrf" value="{{CSRF}}">
<p class="second">Now: <b>{{EMAIL}}</b></p>
<div class="field"><label for="email">New mail address</label><input id="email" name="email" type="email" autocomplete="email" maxlength="254" value="{{NEW_EMAIL}}" required{{#NEW_EMAIL_BAD}} aria-invalid="true" aria-describedby="email-bad"{{#FIRST}} autofocus{{/FIRST}}{{/NEW_EMAIL_BAD}}>
{{#NEW_EMAIL_BAD}}<p class="bad-field" id="email-bad">{{TEXT}}</p>{{/NEW_EMAIL_BAD}}
<p class="hint">Your address changes when you open the link that we send there. We tell the old one too.</p></div>
<button class="button">Send the link</button></form></section>
<section aria-labelledby="s-picture"><h2 id="s-picture">Picture</h2>
<div class="picture">{{#PICTURE}}<img class="face" src="{{URL}}" width="64" height="64" alt="Your picture">{{/PICTURE}}{{#NO_PICTURE}}{{>FACE}}{{/NO_PICTURE}}
<form method="post" action="/account/avatar" enctype="multipart/form-data" class="narrow"><input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field"><label for="picture">PNG, JPEG or WebP, at most 512 KiB</label><input id="picture" name="picture" type="file" accept="image/png,image/jpeg,image/webp" required{{#PICTURE_BAD}} aria-invalid="true" aria-describedby="picture-bad"{{#FIRST}} autofocus{{/FIRST}}{{/PICTURE_BAD}}>
{{#PICTURE_BAD}}<p class="bad-field" id="picture-bad">{{TEXT}}</p>{{/PICTURE_BAD}}
<p class="hint">Only the pixels are kept, cut to a square. Members of your teams see it.</p></div>
<p class="button-row"><button class="button">Upload the picture</button>{{#PICTURE}} <button class="button" form="picture-remove">Remove the picture</button>{{/PICTURE}}</p></form></div>
{{#PICTURE}}<form method="post" action="/account/avatar/delete" id="picture-remove"><input type="hidden" name="csrf" value="{{CSRF}}"></form>{{/PICTURE}}</section>
<section aria-labelledby="s-theme"><h2 id="s-theme">Theme</h2>
<form method="post" action="/theme" class="narrow"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="next" value="/account?done=theme">
<fieldset class="field"><legend class="vh">Theme</legend>{{#THEME}}<p class="choice"><input type="radio" class="tick" id="theme-{{VALUE}}" name="theme" value="{{VALUE}}"{{#HERE}} checked{{/HERE}}> <label for="theme-{{VALUE}}" class="in">{{NAME}}</label></p>{{/THEME}}</fieldset>
<button class="button">Save the theme</button></form></section>
</div>
