{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>{{HEADING}}</h1><p>{{TEXT}}</p></div>
{{#STEPS}}<ol class="path"><li aria-current="step"><b>Make a project.</b> It comes with environments prod, staging and dev, and a write key.</li><li><b>Send the first event.</b> Copy a snippet with that key into your app, or run it in a terminal.</li><li><b>Look at it.</b> It appears within seconds.</li></ol>{{/STEPS}}
{{#ACT}}<p class="section"><a class="button primary" href="{{URL}}">{{NAME}}</a></p>{{/ACT}}
