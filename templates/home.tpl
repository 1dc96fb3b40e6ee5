{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>{{HEADING}}</h1><p>{{TEXT}}</p></div>
<div class="well well-wrap"><pre id="cmd">{{COMMAND:p}}</pre><button type="button" class="copy" data-copy="cmd">Copy<span class="vh"> the command</span></button></div>
