{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Connected apps</h1><p>Apps that you let use the API in your name. An app that is put out has to ask again.</p></div>
{{>NOTE}}
{{#APPS}}<table class="stack-narrow"><thead><tr><th scope="col">App</th><th scope="col">Team</th><th scope="col">May</th><th scope="col">When</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td><b>{{NAME}}</b></td><td>{{TEAM}}</td><td><ul class="may">{{#MAY}}<li>{{TEXT}}</li>{{/MAY}}</ul></td><td>allowed {{SINCE}}, used {{USED}}</td><td><form method="post" action="/account/apps"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="client" value="{{CLIENT}}"><button class="button danger">Put out<span class="vh"> {{NAME}}</span></button></form></td></tr>
{{/ROW}}</tbody></table>{{/APPS}}{{#NONE}}<p>You have let no app in.</p>{{/NONE}}
