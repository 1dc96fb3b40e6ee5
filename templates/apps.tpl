{{%AUTOESCAPE context="HTML"}}
<div class="page-head"><h1>Connected apps</h1><p>Apps that use the API in your name, with your consent. An app that you disconnect has to ask again.</p></div>
{{>NOTE}}
{{#APPS}}<table class="stack-narrow"><thead><tr><th scope="col">App</th><th scope="col">Team</th><th scope="col">May</th><th scope="col">When</th><th scope="col"><span class="vh">Acts</span></th></tr></thead><tbody>
{{#ROW}}<tr><td><b>{{NAME}}</b></td><td data-label="Team">{{TEAM}}</td><td data-label="May"><ul class="may">{{#MAY}}<li>{{TEXT}}</li>{{/MAY}}</ul></td><td>allowed {{SINCE}}, used {{USED}}</td><td class="row-acts"><form method="post" action="/account/apps"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="client" value="{{CLIENT}}"><button class="plain-button danger">Disconnect<span class="vh"> {{NAME}}</span></button></form></td></tr>
{{/ROW}}</tbody></table>{{/APPS}}{{#NONE}}<div class="empty"><h2>No connected apps</h2><p>When you allow an app to use the API in your name, it is listed here, with what it may do and when it last came.</p></div>{{/NONE}}
