{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="/system/dead-letters">Dead letters</a></p><h1>{{N}} {{LETTERS}}</h1><p>This is what the filter matches now. Nothing has been done yet.</p></div>
<dl class="pairs wide"><dt>From</dt><dd>{{WHERE}}</dd><dt>Reason</dt><dd>{{REASON}}</dd><dt>Age</dt><dd>{{AGE}}</dd></dl>
{{#PARTS}}<p class="note">One press takes the oldest {{MAX}}; repeat it for the rest, or use <code>tidemarkctl dead-letter</code> with <code>--all</code>.</p>{{/PARTS}}
{{#ACTS}}<section class="section" aria-labelledby="s-replay"><h2 id="s-replay">Replay</h2><p>Puts {{N}} into the queue again as they are. What is stored already is not stored twice; what is still refused comes back as a new letter.</p>
<form method="post" action="/system/dead-letters/bulk"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="act" value="replay"><input type="hidden" name="until" value="{{UNTIL}}">{{#KEEP}}<input type="hidden" name="{{NAME}}" value="{{VALUE}}">{{/KEEP}}<button class="button primary">Replay {{N}}</button></form></section>
<section class="section" aria-labelledby="s-drop"><h2 id="s-drop">Drop</h2><p>Gives {{N}} up and deletes their bytes. This cannot be undone.</p>
<form method="post" action="/system/dead-letters/bulk"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="act" value="drop"><input type="hidden" name="until" value="{{UNTIL}}">{{#KEEP}}<input type="hidden" name="{{NAME}}" value="{{VALUE}}">{{/KEEP}}<button class="button danger">Drop {{N}}</button></form></section>{{/ACTS}}
