{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><p class="up"><a href="{{BACK}}">Symbols</a></p><h1>Delete a symbol file</h1><p class="mono">{{NAME}}</p></div>
<dl class="pairs wide"><dt>Kind</dt><dd>{{KIND}} {{ARCH}}</dd><dt>Build or release</dt><dd class="mono">{{FOR}}</dd><dt>Size</dt><dd>{{SIZE}}</dd><dt>Sent</dt><dd><time datetime="{{ISO}}">{{AT}}</time>, by {{WHO}}</dd><dt>Crashes with names</dt><dd>{{CRASHES}}, in <code>{{ENV}}</code></dd><dt>Different stacks</dt><dd>{{STACKS}}</dd></dl>
<section class="section"><p>Those crashes keep their names. Later crashes of the same build or release arrive without names, and may form groups of their own, until the file is sent again.</p>
<form method="post" action="{{URL}}"><input type="hidden" name="csrf" value="{{CSRF}}"><p class="button-row"><button class="button danger">Delete the file</button> <a class="button" href="{{BACK}}">Keep it</a></p></form></section>
