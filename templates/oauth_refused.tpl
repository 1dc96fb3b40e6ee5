{{%AUTOESCAPE context="HTML"}}
<div class="card">
{{>BRAND}}
<h1>This app cannot be let in</h1>
<p>{{TEXT}}</p>
<p class="small">Nothing was given to the app, and you were not sent back to it. If you trust it, tell its makers what this page says.</p>
<p><a class="button" href="/">To Tidemark</a></p>
</div>
