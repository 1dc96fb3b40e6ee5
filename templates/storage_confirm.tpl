{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{BACK}}">Storage and retention</a></p><h1>Keep less</h1><p>This applies to <b>{{PROJECT}}</b>, environment <code>{{ENV}}</code>.</p></div>
<section class="section" aria-labelledby="s-lost"><h2 id="s-lost">Will be gone</h2>
<dl class="pairs wide">{{#LOST}}<dt>{{NAME}}</dt><dd>{{VALUE}}</dd>{{/LOST}}</dl></section>
<section class="section"><p>They are hidden at once from every page, file and API reply, and leave the disk when their partition is over. Counts, active users and percentiles stay as long as sums are kept.</p>
<form method="post" action="{{URL}}" class="form"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="sure" value="yes">
{{#FIELD}}<input type="hidden" name="{{NAME}}" value="{{VALUE}}">{{/FIELD}}
<p class="button-row"><button class="button danger">Keep less</button> <a class="button" href="{{BACK}}">Keep them</a></p></form></section>
