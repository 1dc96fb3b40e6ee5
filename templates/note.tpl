{{%AUTOESCAPE context="HTML"}}
<p class="note {{KIND}}"{{#ALERT}} role="alert"{{/ALERT}}>{{TEXT}}</p>
